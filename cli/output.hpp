#pragma once

#include "describe/error_report.hpp"
#include "describe/render.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace rs::cli {

// The only place that prints. Results and payload go to `out`, everything else to `err`; each call of a sink is one or
// more whole lines, payload excepted.
class Output {
 public:
  using Sink = std::function<void(std::string_view)>;

  struct Options {
    describe::View view;
    bool quiet = false; // no notes
  };

  Output(Options options, Sink out, Sink err);

  // One result, or a list of them. `schema` is the whole name: "rsctl.agents.v1"; `known`: the fields that an item may
  // have, beside those that it has. Fails as describe::pick() does, and has then printed nothing.
  Result<void> item(std::string_view schema, const describe::Node& item, std::vector<std::string> known = {});
  Result<void> list(std::string_view schema, const std::vector<describe::Node>& items, std::vector<std::string> known = {});
  // The same refusal, for a command that does something before it prints.
  Result<void> check_fields(const std::vector<std::string>& known) const;

  // One line, or with json and ndjson one object. Returns the exit code that it names.
  int error(const Error& error, const describe::ErrorContext& context = {});
  // One line for the person who watches.
  void note(std::string_view text);

  // A remote stream's bytes, unchanged.
  void payload(std::string_view bytes) { out_(bytes); }
  void payload_error(std::string_view bytes) { err_(bytes); }

  describe::Format format() const { return options_.view.format; }
  // A program reads the results, so nothing else may stand among them.
  bool is_json() const { return format() == describe::Format::json || format() == describe::Format::ndjson; }

 private:
  Options options_;
  Sink out_;
  Sink err_;
};

} // namespace rs::cli
