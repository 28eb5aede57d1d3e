#include "base/assert.hpp"
#include "desktop/desktop.hpp"
#include "desktop/document_stream.hpp"
#include "desktop/helper_messages.hpp"
#include "support/fuzz_input.hpp"

// What either end of the desktop helper's socket takes from the other is within the limits, however it is cut, and is
// read the same way when it is written again.
namespace {

using namespace rs;
using namespace rs::desktop;

void check_reply(std::string_view document) {
  const auto reply = decode_reply(document);
  if (!reply) return;
  RS_ASSERT(reply->picture.has_value() != reply->error.has_value());
  if (reply->picture) {
    RS_ASSERT(std::uint64_t{reply->picture->width} * reply->picture->height <= kMaxPixels);
    RS_ASSERT(reply->picture->bytes >= 1 && reply->picture->bytes <= kMaxPngBytes);
    RS_ASSERT(encode(*decode_reply(encode(*reply))) == encode(*reply));
  }
}

void check_request(std::string_view document) {
  const auto request = decode_request(document);
  if (!request) return;
  RS_ASSERT(request->shot.has_value());
  RS_ASSERT(encode(*decode_request(encode(*request))) == encode(*request));
  if (!request->shot->region) return;
  const Region area{1920, 1080, 0, 0};
  const auto part = clip(*request->shot->region, area);
  RS_ASSERT(!part || (part->x >= 0 && part->y >= 0 && part->x + part->width <= 1920 && part->y + part->height <= 1080));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::FuzzInput input({data, size});
  const std::size_t step = 1 + input.byte();
  (void)parse_region(as_text({data, size}));
  DocumentReader reader;
  while (!input.empty()) {
    reader.push(input.take(step));
    for (;;) {
      const auto document = reader.next();
      if (!document) return 0;
      if (!*document) break;
      check_reply(**document);
      check_request(**document);
    }
  }
  return 0;
}
