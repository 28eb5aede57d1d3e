#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "describe/node.hpp"

// What parses is written, compactly and indented, as text that parses to the same tree. Any bytes can be written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rs::describe;
  const auto text = rs::as_text({data, size});
  RS_ASSERT(parse_json(write_json(Node(text))));
  const auto node = parse_json(text);
  if (!node) return 0;
  const auto again = parse_json(write_json(*node));
  RS_ASSERT(again && *again == *node);
  const auto indented = parse_json(write_json_indented(*node));
  RS_ASSERT(indented && *indented == *node);
  return 0;
}
