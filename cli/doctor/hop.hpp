#pragma once

#include "base/errc.hpp"
#include "base/result.hpp"
#include "describe/describe.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rs::cli::doctor {

enum class HopState { ok, warning, failed, skipped };
RS_DESCRIBE_ENUM(HopState, ok, warning, failed, skipped)

// rsctl.doctor.v1: one hop of the way, from this end.
struct Hop {
  std::string hop;
  HopState state;
  std::optional<std::uint64_t> ms; // that it took
  std::optional<Errc> code;        // of a failure; its exit code is the command's, if it is the first
  std::string detail;
  std::optional<std::string> advice;
};
RS_DESCRIBE(Hop, hop, state, ms, code, detail, advice)

Hop good(std::string hop, std::string detail);
Hop warning(std::string hop, std::string detail, std::string advice);
// The advice is the usual one for that code where none is given.
Hop failed(std::string hop, const Error& why, std::string advice = {});
Hop skipped(std::string hop, std::string why);

} // namespace rs::cli::doctor
