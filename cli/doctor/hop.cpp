#include "cli/doctor/hop.hpp"

#include "describe/codec_impl.hpp"
#include "describe/error_report.hpp"

RS_CODEC(rs::cli::doctor::Hop)

namespace rs::cli::doctor {

Hop good(std::string hop, std::string detail) { return {std::move(hop), HopState::ok, {}, {}, std::move(detail), {}}; }

Hop warning(std::string hop, std::string detail, std::string advice) {
  return {std::move(hop), HopState::warning, {}, {}, std::move(detail), std::move(advice)};
}

Hop failed(std::string hop, const Error& why, std::string advice) {
  Hop out{std::move(hop), HopState::failed, {}, why.code, why.message, {}};
  if (advice.empty()) advice = describe::hint_for(why.code);
  if (!advice.empty()) out.advice = std::move(advice);
  return out;
}

Hop skipped(std::string hop, std::string why) { return {std::move(hop), HopState::skipped, {}, {}, std::move(why), {}}; }

} // namespace rs::cli::doctor
