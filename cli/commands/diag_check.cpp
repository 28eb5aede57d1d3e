#include "cli/commands/diag_check.hpp"

#include <algorithm>

namespace rs::cli {

Result<void> check_any_read(const session::DiagParams& asked, const session::DiagReport& report) {
  if (asked.sections->empty()) return {};
  bool is_late = true;
  std::string reasons;
  for (const auto section : *asked.sections) {
    const auto found = std::ranges::find(report.unavailable, section, &session::DiagUnavailable::section);
    if (found == report.unavailable.end()) return {};
    is_late &= found->reason == "timeout";
    reasons.append(reasons.empty() ? "" : "; ").append(describe::enum_name(section)).append(": ").append(found->reason);
  }
  return fail(is_late ? Errc::timeout : Errc::unsupported, std::move(reasons));
}

} // namespace rs::cli
