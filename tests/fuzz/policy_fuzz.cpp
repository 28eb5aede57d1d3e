#include "base/assert.hpp"
#include "session/policy.hpp"

// A policy that is read is written as one that decides the same; and whatever it says, deny wins, the certificate bounds
// it, and a customer gets nothing.
namespace {

using namespace rs;
using namespace rs::session;

bool has(const std::vector<Permission>& list, Permission permission) {
  return std::find(list.begin(), list.end(), permission) != list.end();
}

void decide_all(const Policy& policy, const Policy& again, std::string_view text) {
  const std::vector<Permission> certified = {Permission::exec, Permission::files, Permission::camera};
  for (const auto& role : describe::kEnumRows<Role>) {
    const Caller caller{{}, "u-1", "Ada", std::string(text.substr(0, 20)), role.value};
    for (const auto& permission : describe::kEnumRows<Permission>) {
      for (const int minute : {0, 359, 720, 1439}) {
        const auto decision = decide(policy, caller, certified, permission.value, minute);
        RS_ASSERT(!decision.reason.empty());
        RS_ASSERT(!decision.allowed ||
                  (has(certified, permission.value) && !has(*policy.deny, permission.value) && role.value != Role::customer));
        RS_ASSERT(decide(again, caller, certified, permission.value, minute).allowed == decision.allowed);
      }
    }
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text({data, size});
  const auto policy = parse_policy(text);
  if (!policy) {
    RS_ASSERT(policy.error().code == Errc::invalid && !policy.error().message.empty());
    return 0;
  }
  const auto again = parse_policy(describe::to_yaml(*policy));
  RS_ASSERT(again);
  decide_all(*policy, *again, text);
  return 0;
}
