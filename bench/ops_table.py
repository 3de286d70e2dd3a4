"""What bench/ops measures: of every operation of the registry a row or several, with representative parameters, the images
it takes and what scikit-image (or, where that has nothing, NumPy or SciPy) does for the same result.

Images are `side` pixels square, all made of one piece of real tissue: rgb and gray8 are uint8, rgbf, gray, hed and so on
float32 in the ranges that their functions expect, mask is bool, labels int32."""
import os
import sys

import numpy as np
from scipy import ndimage
from skimage import color, exposure, feature, filters, measure, morphology, restoration, segmentation, transform, util
from skimage.feature.blob import _prune_blobs

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "tests"))
import stain_methods  # noqa: E402

disk, box = morphology.disk, morphology.footprint_rectangle


PLACES = ("label", "area", "bbox", "area_bbox", "centroid", "equivalent_diameter_area", "extent")


def tiles_of(a, edge):
    """The mean of each whole square."""
    h, w = a.shape[0] // edge, a.shape[1] // edge
    return a[:h * edge, :w * edge].reshape(h, edge, w, edge).mean(axis=(1, 3))


class Images:
    """The images by name, each made when it is first asked for."""

    def __init__(self, rgb):
        self.rgb = rgb

    def __getattr__(self, name):
        image = np.ascontiguousarray(getattr(self, "make_" + name)())
        setattr(self, name, image)
        return image

    def make_rgbf(self):
        return util.img_as_float32(self.rgb)

    def make_gray(self):
        return color.rgb2gray(self.rgbf)

    def make_gray8(self):
        return util.img_as_ubyte(self.gray)

    def make_smooth(self):
        return filters.gaussian(self.gray, 4)

    def make_smooth8(self):
        return util.img_as_ubyte(self.smooth)

    def make_mask(self):
        return self.gray < 0.7

    def make_other_mask(self):
        return self.smooth < 0.7

    def make_labels(self):
        return measure.label(self.mask, connectivity=1).astype(np.int32)

    def make_edges(self):
        weak, strong = (feature.canny(self.gray, high_threshold=t) for t in (0.1, 0.2))
        return weak.astype(np.uint8) + (strong & weak)

    def make_rgba(self):
        return np.dstack((self.rgb, self.gray8))

    def make_hed(self):
        return color.rgb2hed(self.rgbf).astype(np.float32)

    def make_hsv(self):
        return color.rgb2hsv(self.rgbf)

    def make_lab(self):
        return color.rgb2lab(self.rgbf)

    def make_xyz(self):
        return color.rgb2xyz(self.rgbf)

    def make_ycbcr(self):
        return color.rgb2ycbcr(self.rgbf).astype(np.float32)

    def make_darker(self):
        return exposure.adjust_gamma(self.rgb, 2)

    def make_signed(self):
        return self.gray - np.float32(0.5)

    def make_absorbance(self):
        return absorbance(self.rgb)

    def make_lowered(self):
        return self.gray - np.float32(0.1)

    def make_lowered8(self):
        return np.maximum(self.gray8, 25) - 25

    def make_depth(self):
        return -ndimage.distance_transform_edt(self.other_mask).astype(np.float32)

    def make_seeds(self):
        return measure.label(morphology.h_maxima(-self.depth, 1)).astype(np.int32)

    def make_structure(self):
        return np.dstack(feature.structure_tensor(self.gray, 2))

    def make_second(self):
        return np.dstack(feature.hessian_matrix(self.gray, 2, use_gaussian_derivatives=False))


    def make_dark(self):
        return np.float32(1) - self.smooth

    def make_largest(self):
        return ndimage.maximum_filter(self.dark, 11, mode="nearest")

    def make_maxima(self):
        return maxima(laplacians(self.dark))

    def make_maxima_dog(self):
        smooth = [ndimage.gaussian_filter(self.dark, 2 * 1.6 ** i) for i in range(4)]
        return maxima(np.stack([a - b for a, b in zip(smooth, smooth[1:])], axis=-1) / np.float32(0.6))

    def make_maxima_doh(self):
        return maxima(np.stack([feature.hessian_matrix_det(self.dark, s) for s in (2, 4, 6)], axis=-1).astype(np.float32))


SIGMAS = "min_sigma=2,max_sigma=6,num_sigma=3"


def laplacians(image):
    """The scale space of blob_log with these sigmas."""
    return np.stack([-ndimage.gaussian_laplace(image, s) * s ** 2 for s in (2, 4, 6)], axis=-1)


def maxima(scales):
    return np.where(scales == ndimage.maximum_filter(scales, 3, mode="nearest"), scales, np.float32(np.nan))


def blobs(scales):
    """Which blob_log finds, given the maxima of scale space."""
    places = feature.peak_local_max(np.nan_to_num(scales, nan=-1), threshold_abs=0.03, exclude_border=False,
                                    footprint=np.ones((3, 3, 3)))
    return _prune_blobs(places * np.array([1, 1, 2.0]) + (0, 0, 2), 0.5)


BINOMIAL = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float32)


def absorbance(image):
    """cuCIM's image_to_absorbance, which scikit-image lacks."""
    return -np.log(np.clip(image.astype(np.float32), 1, 255) / 255)


def intensity(image):
    """And its inverse."""
    return np.rint(np.clip(np.exp(-image) * 255, 0, 255)).astype(np.uint8)


def planes(image):
    return [image[..., k] for k in range(image.shape[-1])]


def blocks(image):
    """Blocks of 64 pixels, of which the whole ones count."""
    rows, columns = (n // 64 * 64 for n in image.shape)
    return util.view_as_blocks(image[:rows, :columns], (64, 64))


def number(function, value):
    value = np.float32(value)
    return lambda a: function(a, value)


def shaped(function, footprint, **how):
    return lambda a: function(a, footprint, **how)


def vessel(function):
    """As the examples of these filters have it, but for one scale."""
    return lambda a: function(a, sigmas=[2], black_ridges=True, mode="reflect")


def by_percentiles(image):
    return exposure.rescale_intensity(image, in_range=tuple(np.percentile(image, (2, 98))))


def matched(image, reference):
    return exposure.match_histograms(image, reference, channel_axis=-1)


def hessian_norm(image):
    h = feature.hessian_matrix(image, 2, mode="reflect", use_gaussian_derivatives=True)
    return np.hypot(*feature.hessian_matrix_eigvals(h))


# operation with parameters; images; the same by others
ROWS = [
    # colour
    ("rgb2gray", ["rgb"], color.rgb2gray),
    ("rgba2rgb", ["rgba"], color.rgba2rgb),
    ("gray2rgb", ["gray8"], color.gray2rgb),
    ("rgb2hsv", ["rgb"], color.rgb2hsv),
    ("hsv2rgb", ["hsv"], color.hsv2rgb),
    ("rgb2lab", ["rgb"], color.rgb2lab),
    ("lab2rgb", ["lab"], color.lab2rgb),
    ("rgb2xyz", ["rgb"], color.rgb2xyz),
    ("xyz2rgb", ["xyz"], color.xyz2rgb),
    ("xyz2lab", ["xyz"], color.xyz2lab),
    ("lab2xyz", ["lab"], color.lab2xyz),
    ("rgb2ycbcr", ["rgb"], color.rgb2ycbcr),
    ("ycbcr2rgb", ["ycbcr"], color.ycbcr2rgb),
    ("rgb2hed", ["rgb"], color.rgb2hed),
    ("hed2rgb", ["hed"], color.hed2rgb),
    ("separate_stains:stains=hdx", ["rgb"], lambda a: color.separate_stains(a, color.hdx_from_rgb)),
    ("combine_stains:stains=hdx", ["hed"], lambda a: color.combine_stains(a, color.rgb_from_hdx)),
    ("normalize_colors_pca", ["rgb"], stain_methods.colors_pca),
    ("normalize_macenko", ["rgb"], stain_methods.macenko),
    ("normalize_reinhard", ["rgb"], stain_methods.reinhard),
    ("normalize_vahadane", ["rgb"], lambda a: stain_methods.vahadane(a, sample=20000)),
    ("tissue", ["rgb"], stain_methods.tissue),
    ("image_to_absorbance", ["rgb"], absorbance),
    ("absorbance_to_image", ["absorbance"], intensity),
    ("label2rgb", ["labels"], color.label2rgb),
    ("overlay:label_img=@1", ["rgb", "labels"], segmentation.mark_boundaries),
    # exposure
    ("adjust_gamma:gamma=2.2", ["gray"], lambda a: exposure.adjust_gamma(a, 2.2)),
    ("adjust_log", ["gray"], exposure.adjust_log),
    ("adjust_sigmoid", ["gray"], exposure.adjust_sigmoid),
    ("rescale_intensity:in_range=[20,230]", ["rgb"], lambda a: exposure.rescale_intensity(a, (20, 230))),
    ("rescale_intensity:in_range=[0.1,0.9]", ["gray"], lambda a: exposure.rescale_intensity(a, (0.1, 0.9))),
    ("rescale_intensity", ["rgb"], exposure.rescale_intensity),
    ("rescale_intensity:in_percentiles=[2,98]", ["rgb"], by_percentiles),
    ("rescale_intensity:in_percentiles=[2,98]", ["gray"], by_percentiles),
    ("equalize_hist", ["gray8"], exposure.equalize_hist),
    ("equalize_hist", ["gray"], exposure.equalize_hist),
    ("equalize_adapthist", ["rgb"], exposure.equalize_adapthist),
    ("equalize_adapthist", ["gray"], exposure.equalize_adapthist),
    ("match_histograms:channel_axis=-1", ["rgb", "darker"], matched),
    # filters
    ("gaussian:sigma=1", ["gray"], lambda a: filters.gaussian(a, 1)),
    ("gaussian:sigma=2", ["rgb"], lambda a: filters.gaussian(a, 2, channel_axis=-1)),
    ("gaussian:sigma=2", ["gray"], lambda a: filters.gaussian(a, 2)),
    ("gaussian:sigma=5", ["gray"], lambda a: filters.gaussian(a, 5)),
    ("difference_of_gaussians:low_sigma=1,high_sigma=4", ["gray"], lambda a: filters.difference_of_gaussians(a, 1, 4)),
    ("unsharp_mask:radius=2", ["gray"], lambda a: filters.unsharp_mask(a, 2)),
    ("uniform:size=5", ["gray"], lambda a: ndimage.uniform_filter(a, 5)),
    ("convolve:kernel=[1,2,1,2,4,2,1,2,1]", ["gray"], lambda a: ndimage.convolve(a, BINOMIAL)),
    ("gabor:frequency=0.1", ["gray"], lambda a: filters.gabor(a, 0.1)),
    ("farid", ["gray"], filters.farid),
    ("farid_h", ["gray"], filters.farid_h),
    ("farid_v", ["gray"], filters.farid_v),
    ("sobel", ["gray"], filters.sobel),
    ("sobel_h", ["gray"], filters.sobel_h),
    ("sobel_v", ["gray"], filters.sobel_v),
    ("scharr", ["gray"], filters.scharr),
    ("scharr_h", ["gray"], filters.scharr_h),
    ("scharr_v", ["gray"], filters.scharr_v),
    ("prewitt", ["gray"], filters.prewitt),
    ("prewitt_h", ["gray"], filters.prewitt_h),
    ("prewitt_v", ["gray"], filters.prewitt_v),
    ("roberts", ["gray"], filters.roberts),
    ("roberts_pos_diag", ["gray"], filters.roberts_pos_diag),
    ("roberts_neg_diag", ["gray"], filters.roberts_neg_diag),
    ("laplace", ["gray"], filters.laplace),
    ("median:footprint=disk,radius=3", ["gray8"], shaped(filters.median, disk(3))),
    ("median:footprint=square,width=15", ["gray8"], shaped(filters.median, box((15, 15)))),
    ("threshold:value=0.5", ["gray"], lambda a: a > np.float32(0.5)),
    ("threshold_local:block_size=35,offset=0.02", ["gray"], lambda a: filters.threshold_local(a, 35, offset=0.02)),
    ("threshold_niblack:window_size=15", ["gray"], lambda a: filters.threshold_niblack(a, 15)),
    ("threshold_sauvola:window_size=15", ["gray"], lambda a: filters.threshold_sauvola(a, 15)),
    ("threshold_isodata", ["gray"], lambda a: a > filters.threshold_isodata(a)),
    ("threshold_li", ["gray8"], lambda a: a > filters.threshold_li(a)),
    ("threshold_li", ["gray"], lambda a: a > filters.threshold_li(a)),
    ("threshold_mean", ["gray"], lambda a: a > filters.threshold_mean(a)),
    ("threshold_minimum", ["gray8"], lambda a: a > filters.threshold_minimum(a)),
    ("threshold_multiotsu", ["gray8"], lambda a: np.digitize(a, filters.threshold_multiotsu(a))),
    ("threshold_otsu", ["gray8"], lambda a: a > filters.threshold_otsu(a)),
    ("threshold_otsu", ["gray"], lambda a: a > filters.threshold_otsu(a)),
    ("threshold_triangle", ["gray"], lambda a: a > filters.threshold_triangle(a)),
    ("threshold_yen", ["gray"], lambda a: a > filters.threshold_yen(a)),
    ("sato:sigmas=[2]", ["gray"], vessel(filters.sato)),
    ("hessian:sigmas=[2]", ["gray"], vessel(filters.hessian)),
    ("frangi:sigmas=[2],gamma=0.02", ["gray"], lambda a: filters.frangi(a, sigmas=[2], gamma=0.02)),
    ("hessian_norm:sigmas=[2]", ["gray"], hessian_norm),
    ("meijering:sigmas=[2],maxima=[0.02]", ["gray"], vessel(filters.meijering)),
    ("rank_mean:footprint=disk,radius=5", ["gray8"], shaped(filters.rank.mean, disk(5))),
    ("rank_minimum:footprint=disk,radius=5", ["gray8"], shaped(filters.rank.minimum, disk(5))),
    ("rank_maximum:footprint=disk,radius=5", ["gray8"], shaped(filters.rank.maximum, disk(5))),
    ("rank_gradient:footprint=disk,radius=5", ["gray8"], shaped(filters.rank.gradient, disk(5))),
    ("rank_entropy:footprint=disk,radius=5", ["gray8"], shaped(filters.rank.entropy, disk(5))),
    ("rank_percentile:footprint=disk,radius=5,p0=0.25", ["gray8"], shaped(filters.rank.percentile, disk(5), p0=0.25)),
    # morphology
    ("erosion:footprint=disk,radius=5", ["gray8"], shaped(morphology.erosion, disk(5))),
    ("erosion:footprint=disk,radius=10", ["gray8"], shaped(morphology.erosion, disk(10))),
    ("erosion:footprint=disk,radius=25", ["gray8"], shaped(morphology.erosion, disk(25))),
    ("dilation:footprint=disk,radius=5", ["gray8"], shaped(morphology.dilation, disk(5))),
    ("opening:footprint=disk,radius=5", ["gray8"], shaped(morphology.opening, disk(5))),
    ("opening:footprint=disk,radius=10", ["gray8"], shaped(morphology.opening, disk(10))),
    ("opening:footprint=disk,radius=25", ["gray8"], shaped(morphology.opening, disk(25))),
    ("closing:footprint=disk,radius=5", ["gray8"], shaped(morphology.closing, disk(5))),
    ("white_tophat:footprint=disk,radius=10", ["gray8"], shaped(morphology.white_tophat, disk(10))),
    ("black_tophat:footprint=disk,radius=10", ["gray8"], shaped(morphology.black_tophat, disk(10))),
    ("binary_erosion:footprint=disk,radius=5", ["mask"], shaped(morphology.binary_erosion, disk(5))),
    ("binary_dilation:footprint=disk,radius=5", ["mask"], shaped(morphology.binary_dilation, disk(5))),
    ("binary_opening:footprint=disk,radius=5", ["mask"], shaped(morphology.binary_opening, disk(5))),
    ("binary_closing:footprint=disk,radius=5", ["mask"], shaped(morphology.binary_closing, disk(5))),
    ("isotropic_erosion:radius=5", ["mask"], shaped(morphology.isotropic_erosion, 5)),
    ("isotropic_dilation:radius=5", ["mask"], shaped(morphology.isotropic_dilation, 5)),
    ("isotropic_opening:radius=5", ["mask"], shaped(morphology.isotropic_opening, 5)),
    ("isotropic_closing:radius=5", ["mask"], shaped(morphology.isotropic_closing, 5)),
    # feature
    ("structure_tensor:sigma=1", ["gray"], lambda a: feature.structure_tensor(a, 1)),
    ("structure_tensor_eigenvalues", ["structure"], lambda a: feature.structure_tensor_eigenvalues(planes(a))),
    ("hessian_matrix:sigma=2", ["gray"], lambda a: feature.hessian_matrix(a, 2, use_gaussian_derivatives=False)),
    ("hessian_matrix_eigvals", ["second"], lambda a: feature.hessian_matrix_eigvals(planes(a))),
    ("hessian_matrix_det:sigma=3", ["gray"], lambda a: feature.hessian_matrix_det(a, 3)),
    ("shape_index:sigma=2", ["gray"], lambda a: feature.shape_index(a, 2)),
    ("corner_harris", ["gray"], feature.corner_harris),
    ("local_binary_pattern:P=8,R=1", ["gray8"], lambda a: feature.local_binary_pattern(a, 8, 1)),
    # transform, quality
    ("downscale_local_mean:factors=2", ["gray"], lambda a: transform.downscale_local_mean(a, (2, 2))),
    ("resize:factor=2", ["gray"], lambda a: transform.resize(a, [n // 2 for n in a.shape], anti_aliasing=True)),
    ("pyramid_reduce", ["gray"], transform.pyramid_reduce),
    ("blur_laplacian_variance:block=64", ["gray"], lambda a: blocks(filters.laplace(a)).var((2, 3))),
    ("blur_tenengrad:block=64", ["gray"],
     lambda a: blocks(filters.sobel_h(a) ** 2 + filters.sobel_v(a) ** 2).mean((2, 3))),
    ("tissue_fraction:block=64", ["rgb"], lambda a: blocks(color.rgb2hsv(a)[..., 1] > 0.07).mean((2, 3))),
    # restoration, segmentation
    ("denoise_bilateral:sigma_color=0.1", ["gray"], lambda a: restoration.denoise_bilateral(a, sigma_color=0.1)),
    ("denoise_nl_means:patch_size=5,patch_distance=6,h=0.08", ["gray"],
     lambda a: restoration.denoise_nl_means(a, 5, 6, 0.08)),
    ("rolling_ball:radius=10", ["gray8"], lambda a: restoration.rolling_ball(a, radius=10)),
    ("expand_labels:distance=5", ["labels"], lambda a: segmentation.expand_labels(a, 5)),
    ("find_boundaries:mode=thick", ["labels"], segmentation.find_boundaries),
    # components of the whole image
    ("label", ["mask"], measure.label),
    ("label:connectivity=1", ["labels"], lambda a: measure.label(a, connectivity=1)),
    ("remove_small_objects", ["mask"], lambda a: morphology.remove_small_objects(a, max_size=64)),
    ("remove_small_objects", ["labels"], lambda a: morphology.remove_small_objects(a, max_size=64)),
    ("remove_small_holes", ["mask"], lambda a: morphology.remove_small_holes(a, max_size=64)),
    ("fill_holes", ["mask"], ndimage.binary_fill_holes),
    ("clear_border", ["mask"], segmentation.clear_border),
    ("clear_border", ["labels"], segmentation.clear_border),
    ("apply_hysteresis_threshold:low=0.5,high=0.7", ["gray"],
     lambda a: filters.apply_hysteresis_threshold(a, 0.5, 0.7)),
    ("relabel_sequential", ["labels"], segmentation.relabel_sequential),
    ("measure:properties=basic,units=px,outline=false", ["labels"], lambda a: measure.regionprops_table(a, properties=PLACES)),
    ("patches", ["mask"], lambda a: [(256 * x, 256 * y, t) for (y, x), t in np.ndenumerate(tiles_of(a, 256)) if t >= 0.5]),
    ("canny", ["gray"], feature.canny),
    ("canny_levels", ["gray8"], feature.canny),
    # points of the whole image
    ("peak_local_max:min_distance=5", ["dark"], lambda a: feature.peak_local_max(a, min_distance=5)),
    ("select_peaks:largest=@1,min_distance=5", ["dark", "largest"],
     lambda a, b: feature.peak_local_max(a, min_distance=5)),
    ("blob_response:" + SIGMAS, ["dark"], lambda a: maxima(laplacians(a))),
    ("select_blobs:" + SIGMAS + ",threshold=0.03", ["maxima"], blobs),
    ("blob_log:" + SIGMAS + ",threshold=0.03", ["dark"], lambda a: feature.blob_log(a, 2, 6, 3, 0.03)),
    ("blob_dog:min_sigma=2,max_sigma=6,threshold=0.03", ["dark"], lambda a: feature.blob_dog(a, 2, 6, threshold=0.03)),
    ("blob_doh:" + SIGMAS, ["dark"], lambda a: feature.blob_doh(a, 2, 6, 3)),
    # distances, reconstruction, watershed of the whole image
    ("distance_transform_edt", ["mask"], ndimage.distance_transform_edt),
    ("reconstruction:mask=@1", ["lowered", "gray"], morphology.reconstruction),
    ("reconstruction:mask=@1", ["lowered8", "gray8"], morphology.reconstruction),
    ("h_maxima:h=0.1", ["gray"], lambda a: morphology.h_maxima(a, 0.1)),
    ("h_minima:h=20", ["gray8"], lambda a: morphology.h_minima(a, 20)),
    ("local_maxima", ["gray"], morphology.local_maxima),
    ("local_minima", ["gray8"], morphology.local_minima),
    ("watershed:markers=@1,mask=@2", ["depth", "seeds", "other_mask"],
     lambda image, markers, mask: segmentation.watershed(image, markers, mask=mask)),
    # arithmetic and logic
    ("abs", ["signed"], np.abs),
    ("add:other=@1", ["gray", "smooth"], np.add),
    ("subtract:other=@1", ["gray", "smooth"], np.subtract),
    ("multiply:other=@1", ["gray", "smooth"], np.multiply),
    ("divide:other=@1", ["gray", "smooth"], np.divide),
    ("power:other=1.5", ["gray"], number(np.power, 1.5)),
    ("minimum:other=@1", ["gray8", "smooth8"], np.minimum),
    ("maximum:other=@1", ["gray", "smooth"], np.maximum),
    ("clip:min=0.2,max=0.8", ["gray"], lambda a: np.clip(a, np.float32(0.2), np.float32(0.8))),
    ("sqrt", ["gray"], np.sqrt),
    ("log", ["gray"], np.log),
    ("exp", ["gray"], np.exp),
    ("compare:other=@1,op=less", ["gray", "smooth"], np.less),
    ("logical_and:other=@1", ["mask", "other_mask"], np.logical_and),
    ("logical_or:other=@1", ["mask", "other_mask"], np.logical_or),
    ("logical_xor:other=@1", ["mask", "other_mask"], np.logical_xor),
    ("logical_not", ["mask"], np.logical_not),
    ("mask:mask=@1", ["rgb", "mask"], lambda a, m: np.where(m[..., None], a, np.uint8(0))),
    ("where:condition=@1,other=@2", ["gray", "mask", "smooth"], lambda a, m, b: np.where(m, a, b)),
    ("stack:second=@1,third=@2", ["gray", "smooth", "signed"], lambda *a: np.dstack(a)),
    # util
    ("cast:dtype=float32", ["rgb"], util.img_as_float32),
    ("cast:dtype=uint8", ["rgbf"], util.img_as_ubyte),
    ("channel:index=1", ["rgb"], lambda a: np.ascontiguousarray(a[..., 1])),
    ("unstack:channels=[2,1,0]", ["rgb"], lambda a: a[..., [2, 1, 0]]),
    ("invert", ["rgb"], util.invert),
]

# What stands for several steps: these, and the images each of them takes.
STEPS = {
    "canny": [("canny_levels", ["gray"]), ("apply_hysteresis_threshold:low=0,high=1,connectivity=2", ["edges"])],
    "peak_local_max:min_distance=5": [("dilation:footprint=square,width=11,mode=nearest", ["dark"]),
                                      ("select_peaks:largest=@1,min_distance=5", ["dark", "largest"])],
    "blob_log:" + SIGMAS + ",threshold=0.03": [("blob_response:" + SIGMAS, ["dark"]),
                                              ("select_blobs:" + SIGMAS + ",threshold=0.03", ["maxima"])],
    "blob_dog:min_sigma=2,max_sigma=6,threshold=0.03": [
        ("blob_response:method=dog,min_sigma=2,max_sigma=6", ["dark"]),
        ("select_blobs:method=dog,min_sigma=2,max_sigma=6,threshold=0.03", ["maxima_dog"])],
    "blob_doh:" + SIGMAS: [("blob_response:method=doh," + SIGMAS, ["dark"]),
                           ("select_blobs:method=doh,threshold=0.01," + SIGMAS, ["maxima_doh"])],
}
