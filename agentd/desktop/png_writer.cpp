#include "agentd/desktop/png_writer.hpp"

#include <png.h>

#include <csetjmp>
#include <optional>

namespace rs::desktop {
namespace {

constexpr int kLevel = 1;                      // of zlib
constexpr std::size_t kChunkBytes = 256 << 10; // of compressed data a write

// What libpng's callbacks reach.
struct Writing {
  const PngSink& sink;
  std::optional<Error> error;
};

[[noreturn]] void on_error(png_structp png, png_const_charp message) {
  auto& writing = *static_cast<Writing*>(png_get_error_ptr(png));
  if (!writing.error) writing.error = fail(Errc::io, std::string("PNG: ") + message);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

void on_bytes(png_structp png, png_bytep bytes, std::size_t size) {
  auto& writing = *static_cast<Writing*>(png_get_io_ptr(png));
  auto written = writing.sink({bytes, size});
  if (written) return;
  writing.error = std::move(written).error();
  png_error(png, "the sink refused");
}

void on_flush(png_structp) {}

// The setjmp is here and nothing with a destructor is.
bool write_rows(png_structp png, png_infop info, const Picture& picture) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_IHDR(png, info, picture.width, picture.height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
               PNG_FILTER_TYPE_BASE);
  png_set_compression_level(png, kLevel);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
  png_set_compression_buffer_size(png, kChunkBytes);
  png_write_info(png, info);
  png_set_bgr(png);
  png_set_filler(png, 0, PNG_FILLER_AFTER);
  for (std::uint32_t row = 0; row < picture.height; ++row)
    png_write_row(png, picture.pixels.data() + std::size_t{row} * picture.width * kPixelBytes);
  png_write_end(png, nullptr);
  return true;
}

} // namespace

Result<void> write_png(const Picture& picture, const PngSink& sink) {
  Writing writing{sink, {}};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &writing, on_error, on_warning);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
  bool written = false;
  if (info != nullptr) {
    png_set_write_fn(png, &writing, on_bytes, on_flush);
    written = write_rows(png, info, picture);
  }
  png_destroy_write_struct(&png, &info);
  if (!written) return writing.error.value_or(fail(Errc::io, "PNG: no memory"));
  return {};
}

} // namespace rs::desktop
