"""Stain normalisation and the tissue mask of whole slides, for oracle_chain.py."""
import stain_methods as methods

ONE, TWO = ("packbits",), ("packbits", "svs")


def within(mask_of, method):
    return lambda a: method(a, mask_of(a))


# chain, reference on the RGB pixels, tolerance, sources, slide that is the reference
TABLE = [
    ("normalize_macenko", methods.macenko, "level", TWO),
    ("normalize_macenko:statistics=all,alpha=2,beta=0.2",
     lambda a: methods.macenko(a, alpha=2, beta=0.2, everywhere=True), "level", ONE),
    ("tissue:factor=16 as t | normalize_macenko:from=@source,mask=@t", within(methods.tissue, methods.macenko), "level",
     ("svs",)),
    ("normalize_colors_pca", methods.colors_pca, "level", TWO),
    ("normalize_reinhard", methods.reinhard, "level", TWO),
    ("normalize_vahadane", methods.vahadane, "level", ONE),
    ("normalize_macenko:target_maxima=[1,1]", methods.macenko_as, "level", ONE, "svs"),
    ("normalize_reinhard", methods.reinhard_as, "level", ONE, "svs"),
    ("tissue:factor=16", methods.tissue, 0, TWO),
    ("tissue:factor=9,method=density,closing=1,hole_size=20,object_size=10",
     lambda a: methods.tissue(a, 9, "density", None, 1, 20, 10), 0, TWO),
]
