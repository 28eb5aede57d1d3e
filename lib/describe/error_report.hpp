#pragma once

#include "base/errc.hpp"
#include "base/result.hpp"
#include "describe/describe.hpp"
#include "describe/node.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rs::describe {

// An error as all three programs and the HTTPS API report it:
// {"error":{"code":"agent-offline","message":…,"target":…,"retryable":true,"hint":…,"request_id":…,"exit_code":33}}
struct ErrorReport {
  Errc code;
  std::string message;
  std::optional<std::string> target; // as the user named it
  bool retryable;
  std::optional<std::string> hint; // what to do
  std::optional<std::string> request_id;
  int exit_code;
};
RS_DESCRIBE(ErrorReport, code, message, target, retryable, hint, request_id, exit_code)

// What is known of an error beside itself. What is empty is left out or follows from the error's code.
struct ErrorContext {
  std::optional<std::string> target;
  std::optional<std::string> hint;
  std::optional<std::string> request_id;
  std::optional<int> exit_code;
};

// The usual next step after such an error; "" where there is none.
std::string_view hint_for(Errc code);

ErrorReport make_report(const Error& error, const ErrorContext& context = {});

Node error_document(const ErrorReport& report);
// Fields that this program does not know are ignored. `invalid` where it is no such document.
Result<ErrorReport> read_error_document(const Node& document);
// One line without its end: "PROGRAM: CODE: [TARGET: ]what[; what to do]". Nothing in it can steer a terminal.
std::string error_line(std::string_view program, const ErrorReport& report);

} // namespace rs::describe
