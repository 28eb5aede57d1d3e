#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "describe/node.hpp"

// What parses, as JSON or as YAML, is written as YAML that means the same. Compared as written text, because a
// not-a-number is equal to nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rs::describe;
  const auto text = rs::as_text({data, size});
  for (const auto& node : {parse_yaml(text), parse_json(text)}) {
    if (!node) continue;
    const auto written = write_yaml(*node);
    const auto again = parse_yaml(written);
    RS_ASSERT(again && write_yaml(*again) == written);
    RS_ASSERT(write_json(*again) == write_json(*node));
  }
  return 0;
}
