#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "fleet/host_list.hpp"
#include "fleet/pattern.hpp"
#include "fleet/selector.hpp"

// Whatever stands behind -l, ~ and -w is refused with a place, or means the same each time and its contrary when negated.
namespace {

using namespace rs;

void check_refusal(const Error& error) { RS_ASSERT(error.code == Errc::invalid && !error.message.empty()); }

void select(std::string_view text, const fleet::AgentFacts& agent) {
  const auto selector = fleet::Selector::parse(text);
  if (!selector) return check_refusal(selector.error());
  const bool matched = selector->matches(agent);
  const auto contrary = fleet::Selector::parse("!(" + std::string(text) + ")");
  // One level more, or a few bytes more, may be too many.
  if (contrary) RS_ASSERT(contrary->matches(agent) != matched);
}

void search(std::string_view text, std::string_view subject) {
  const auto pattern = fleet::Pattern::compile(text);
  if (!pattern) return check_refusal(pattern.error());
  RS_ASSERT(pattern->found_in(subject) == pattern->found_in(subject));
}

void expand(std::string_view text) {
  const auto names = fleet::expand_host_list(text);
  if (!names) return check_refusal(names.error());
  RS_ASSERT(!names->empty() && names->size() <= fleet::kMaxTargets);
  for (const auto& name : *names) RS_ASSERT(name.find_first_of("[],") == name.npos);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text({data, size});
  select(text, {"a-x", "web1", {{"role", "web"}, {"a", ""}}, "Debian 12", "0.1", {}, true});
  search(text.substr(0, text.find('\n')), text);
  expand(text);
  (void)fleet::expand_host_file(text);
  return 0;
}
