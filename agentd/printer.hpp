#pragma once

#include "base/result.hpp"
#include "describe/node.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace rs::agent {

// The only place of agentd that prints. Results go to `out`; errors and notes to `err`, a line each.
class Printer {
 public:
  using Sink = std::function<void(std::string_view)>;

  Printer(bool json, Sink out, Sink err) : json_(json), out_(std::move(out)), err_(std::move(err)) {}

  int item(std::string_view schema, const describe::Node& item); // the exit code: 0
  int text(std::string_view text);
  // One line, or with --json one object; the exit code that it names. `hint` "": the error's usual one.
  int error(const Error& error, std::string hint = {});
  void note(std::string_view text); // for a person: nothing with --json

  bool json() const { return json_; }

 private:
  bool json_;
  Sink out_;
  Sink err_;
};

} // namespace rs::agent
