#pragma once

#include <png.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rs::test {

// A decoded PNG; width 0: it is none.
struct DecodedPng {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint8_t> rgb;

  std::uint32_t at(std::uint32_t x, std::uint32_t y) const { // 0xRRGGBB
    const auto* pixel = rgb.data() + (std::size_t{y} * width + x) * 3;
    return static_cast<std::uint32_t>(pixel[0]) << 16 | static_cast<std::uint32_t>(pixel[1]) << 8 | pixel[2];
  }
};

inline DecodedPng decode_png(const std::string& file) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) return {};
  image.format = PNG_FORMAT_RGB;
  DecodedPng out{image.width, image.height, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
  if (png_image_finish_read(&image, nullptr, out.rgb.data(), 0, nullptr) == 0) return {};
  return out;
}

} // namespace rs::test
