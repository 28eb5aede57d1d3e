#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rs::cli {

// One option as the tables declare it.
struct OptionRow {
  std::string_view name;  // "--cwd"
  std::string_view value; // what stands for its value in help; "" for a flag
  std::string_view help;
  std::string_view short_name; // "-s" or ""
  bool repeats = false;
  std::string_view choices = {}; // of its value, space-separated; for completion
};

// What the command line said, as text; a verb asks by the name in its table.
class Arguments {
 public:
  void add(std::string_view option, std::string value) { values_[std::string(option)].push_back(std::move(value)); }

  bool has(std::string_view option) const { return values_.find(option) != values_.end(); }
  // The last value.
  std::optional<std::string> value(std::string_view option) const;
  std::vector<std::string> values(std::string_view option) const;
  // `usage`, naming the option, where the value is none.
  Result<std::optional<Millis>> duration(std::string_view option) const;
  Result<std::optional<std::uint32_t>> count(std::string_view option) const; // at least 1
  // `usage` where it is missing.
  Result<std::string> required(std::string_view option) const;

  std::vector<std::string> positionals;
  std::optional<std::vector<std::string>> command; // what stands behind `--`, byte for byte

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

// "a,b" → {"a", "b"}; empty parts are dropped.
std::vector<std::string> split_list(std::string_view text, char separator = ',');

} // namespace rs::cli
