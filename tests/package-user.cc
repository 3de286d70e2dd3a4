/* A C++ program that uses the library: an image of its own through a chain, tiles into a vector. */
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include <wsiproc/wsiproc.h>

namespace {

struct close_slide {
    void operator()(wsi_slide *slide) const { wsi_slide_close(&slide); }
};
struct destroy_job {
    void operator()(wsi_job *job) const { wsi_job_destroy(&job); }
};

constexpr std::int64_t width = 700, height = 400;

struct image {
    std::vector<std::uint8_t> pixels = std::vector<std::uint8_t>(width * height);
};

int take(void *user, const wsi_tile *tile)
{
    auto &to = static_cast<image *>(user)->pixels;
    for (std::int64_t y = 0; y < tile->rect.h; y++)
        std::memcpy(&to[static_cast<std::size_t>((tile->rect.y + y) * width + tile->rect.x)],
                    static_cast<const char *>(tile->pixels.data) + y * tile->pixels.strides[0],
                    static_cast<std::size_t>(tile->rect.w));
    return 0;
}

bool run(const wsi_array &pixels, image &result, wsi_error &err)
{
    wsi_slide *opened = nullptr;
    if (wsi_slide_open_memory(&pixels, nullptr, &opened, &err) != WSI_OK) return false;
    std::unique_ptr<wsi_slide, close_slide> slide(opened);
    wsi_job *created = nullptr;
    if (wsi_job_create(nullptr, &created, &err) != WSI_OK) return false;
    std::unique_ptr<wsi_job, destroy_job> job(created);
    wsi_tile_sink sink;
    std::memset(&sink, 0, sizeof sink);
    sink.fn = take;
    sink.user = &result;
    return wsi_job_set_slide(job.get(), slide.get(), &err) == WSI_OK &&
           wsi_job_set(job.get(), "chain", "invert", &err) == WSI_OK &&
           wsi_job_set_tile_sink(job.get(), &sink, &err) == WSI_OK && wsi_job_run(job.get(), &err) == WSI_OK;
}

} // namespace

int main()
{
    image source, result;
    for (std::size_t i = 0; i < source.pixels.size(); i++) source.pixels[i] = static_cast<std::uint8_t>(i * 7 % 251);
    wsi_error err;
    const wsi_array pixels = wsi_array_packed(source.pixels.data(), wsi_pixfmt{WSI_U8, 1}, width, height);
    if (!run(pixels, result, err)) return std::fprintf(stderr, "%s\n", err.message), 1;
    for (std::size_t i = 0; i < source.pixels.size(); i++)
        if (result.pixels[i] != 255 - source.pixels[i]) return std::fprintf(stderr, "pixel %zu is wrong\n", i), 1;
    return std::printf("%s\n", wsi_version()) < 0;
}
