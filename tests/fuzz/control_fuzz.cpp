#include "base/assert.hpp"
#include "wire/messages.hpp"

// The JSON of frames: what is read is written as a document that is read as the same.
namespace {

using namespace rs;
using namespace rs::wire;

template <class T>
void reads_back(const T& value) {
  const auto text = describe::to_json(value);
  const auto again = describe::from_json<T>(text, describe::Unknown::refuse);
  RS_ASSERT(again && describe::to_json(*again) == text);
}

template <class T>
void read_as(std::string_view text) {
  if (const auto value = describe::from_json<T>(text, describe::Unknown::ignore)) reads_back(*value);
  else RS_ASSERT(value.error().code == Errc::invalid && !value.error().message.empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text({data, size});
  if (const auto control = parse_control(text)) reads_back(*control);
  read_as<OpenBody>(text);
  read_as<CloseBody>(text);
  return 0;
}
