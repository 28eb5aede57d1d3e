#include "fleet/host_list.hpp"

#include "fleet/characters.hpp"

#include <algorithm>
#include <cstdint>

namespace rs::fleet {
namespace {

constexpr std::size_t kMaxDigits = 9;

Error too_many() { return fail(Errc::invalid, "it names more than " + std::to_string(kMaxTargets) + " targets"); }

// Each of `left` followed by each of `right`.
Result<std::vector<std::string>> joined(const std::vector<std::string>& left, const std::vector<std::string>& right) {
  if (left.size() * right.size() > kMaxTargets) return too_many();
  std::vector<std::string> out;
  for (const auto& before : left) {
    for (const auto& after : right) out.push_back(before + after);
  }
  return out;
}

class Expansion {
 public:
  explicit Expansion(std::string_view text) : text_(text) {}

  Result<std::vector<std::string>> run() {
    std::vector<std::string> out;
    for (;;) {
      RS_TRY(const auto names, item());
      if (out.size() + names.size() > kMaxTargets) return too_many();
      out.insert(out.end(), names.begin(), names.end());
      if (at_ == text_.size()) return out;
      ++at_; // the comma
    }
  }

 private:
  Error error(std::size_t at, std::string_view what) const {
    return fail(Errc::invalid, "column " + std::to_string(column_of(text_, at)) + ": " + std::string(what));
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  Result<std::vector<std::string>> item() {
    const auto start = at_;
    std::vector<std::string> names{""};
    while (at_ < text_.size() && text_[at_] != ',') {
      if (peek() == ']') return error(at_, "a ']' without its '['");
      RS_TRY(const auto part, peek() == '[' ? bracket() : plain());
      RS_TRY(names, joined(names, part));
    }
    if (at_ == start) return error(start, "a name is missing here");
    return names;
  }

  Result<std::vector<std::string>> plain() {
    const auto end = std::min(text_.find_first_of("[],", at_), text_.size());
    const auto start = std::exchange(at_, end);
    return std::vector<std::string>{std::string(text_.substr(start, end - start))};
  }

  Result<std::vector<std::string>> bracket() {
    const auto opened = at_++;
    std::vector<std::string> out;
    for (;;) {
      RS_TRY(const auto numbers, range());
      if (out.size() + numbers.size() > kMaxTargets) return too_many();
      out.insert(out.end(), numbers.begin(), numbers.end());
      if (peek() == ']') break;
      if (peek() != ',') return error(opened, "this '[' needs its ']' behind ranges such as 1-3,7");
      ++at_;
    }
    ++at_;
    return out;
  }

  Result<std::vector<std::string>> range() {
    const auto start = at_;
    RS_TRY(const auto first, digits());
    if (peek() != '-') return std::vector<std::string>{first};
    ++at_;
    RS_TRY(const auto last, digits());
    const auto from = std::stoul(first), to = std::stoul(last);
    if (from > to) return error(start, "the range is out of order");
    if (to - from >= kMaxTargets) return too_many();
    std::vector<std::string> out;
    for (auto number = from; number <= to; ++number) {
      auto text = std::to_string(number);
      if (text.size() < first.size()) text.insert(0, first.size() - text.size(), '0');
      out.push_back(std::move(text));
    }
    return out;
  }

  Result<std::string> digits() {
    const auto start = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    if (at_ == start) return error(start, "a number is missing here");
    if (at_ - start > kMaxDigits) return error(start, "a number has at most " + std::to_string(kMaxDigits) + " digits");
    return std::string(text_.substr(start, at_ - start));
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

} // namespace

Result<std::vector<std::string>> expand_host_list(std::string_view text) { return Expansion(text).run(); }

Result<std::vector<std::string>> expand_host_file(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  std::vector<std::string> out;
  for (std::size_t line = 1; !text.empty(); ++line) {
    auto rest = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(rest.size() + 1, text.size()));
    rest = rest.substr(0, rest.find('#'));
    while (true) {
      rest.remove_prefix(std::min(rest.find_first_not_of(kBlanks), rest.size()));
      if (rest.empty()) break;
      auto word = rest.substr(0, rest.find_first_of(kBlanks));
      rest.remove_prefix(word.size());
      if (word.ends_with(',')) word.remove_suffix(1); // "a, b"
      const auto names = expand_host_list(word);
      if (!names) return within("line " + std::to_string(line), names.error());
      if (out.size() + names->size() > kMaxTargets) return too_many();
      out.insert(out.end(), names->begin(), names->end());
    }
  }
  return out;
}

} // namespace rs::fleet
