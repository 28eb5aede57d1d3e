#include "base/os_string.hpp"
#include "describe/node.hpp"
#include "describe/text.hpp"
#include "describe/tree_builder.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace rs::describe {
namespace {

using Json = nlohmann::json;

class Sax final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return tree_.value(Node()); }
  bool boolean(bool value) override { return tree_.value(value); }
  bool number_integer(number_integer_t value) override { return tree_.value(value); }
  bool number_unsigned(number_unsigned_t value) override { return tree_.value(value); }
  bool number_float(number_float_t value, const string_t&) override { return tree_.value(value); }
  bool string(string_t& value) override { return tree_.value(std::move(value)); }
  bool binary(binary_t&) override { return tree_.fail_with("not JSON"); }
  bool start_object(std::size_t) override { return tree_.begin_object(); }
  bool key(string_t& value) override { return tree_.key(std::move(value)); }
  bool end_object() override { return tree_.end(); }
  bool start_array(std::size_t) override { return tree_.begin_array(); }
  bool end_array() override { return tree_.end(); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    if (!tree_.error()) error_at_ = position;
    return tree_.fail_with("not JSON");
  }

  TreeBuilder& tree() { return tree_; }
  std::optional<std::size_t> error_at() const { return error_at_; }

 private:
  TreeBuilder tree_;
  std::optional<std::size_t> error_at_; // bytes read up to the error
};

void write_real(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  const std::string_view digits(text.data(), static_cast<std::size_t>(end - text.data()));
  out += digits;
  if (digits.find_first_of(".e") == std::string_view::npos) out += ".0"; // stays a real when it is read again
}

// With `indent`: two spaces a level, a member a line.
class Writer {
 public:
  explicit Writer(bool indent) : indent_(indent) {}

  void write(const Node& node) {
    switch (node.kind()) {
      case Node::Kind::null: out_ += "null"; break;
      case Node::Kind::boolean: out_ += *node.get_if<bool>() ? "true" : "false"; break;
      case Node::Kind::integer: out_ += std::to_string(*node.get_if<std::int64_t>()); break;
      case Node::Kind::unsigned_integer: out_ += std::to_string(*node.get_if<std::uint64_t>()); break;
      case Node::Kind::real: write_real(out_, *node.get_if<double>()); break;
      case Node::Kind::string: append_quoted(out_, *node.get_if<std::string>()); break;
      case Node::Kind::array: write_array(*node.get_if<Node::Array>()); break;
      case Node::Kind::object: write_object(*node.get_if<Node::Object>()); break;
    }
  }
  std::string take() { return std::move(out_); }

 private:
  void write_array(const Node::Array& array) {
    out_ += '[';
    ++level_;
    for (const auto& item : array) {
      next_line(&item != array.data());
      write(item);
    }
    close(']', array.empty());
  }
  void write_object(const Node::Object& object) {
    out_ += '{';
    ++level_;
    for (const auto& member : object) {
      next_line(&member != object.data());
      append_quoted(out_, member.first);
      out_ += indent_ ? ": " : ":";
      write(member.second);
    }
    close('}', object.empty());
  }
  void next_line(bool comma) {
    if (comma) out_ += ',';
    if (indent_) out_.append(1, '\n').append(2 * level_, ' ');
  }
  void close(char bracket, bool empty) {
    --level_;
    if (!empty) next_line(false);
    out_ += bracket;
  }

  const bool indent_;
  std::size_t level_ = 0;
  std::string out_;
};

std::string written(const Node& node, bool indent) {
  Writer writer(indent);
  writer.write(node);
  return writer.take();
}

} // namespace

Result<Node> parse_json(std::string_view text) {
  // The lexer takes a NUL for the end of the text and would ignore what follows.
  if (const auto nul = text.find('\0'); nul != text.npos) return fail(Errc::invalid, "not JSON at " + place_in(text, nul));
  Sax sax;
  if (Json::sax_parse(text.begin(), text.end(), &sax) && !sax.tree().error()) return sax.tree().take_root();
  std::string why = sax.tree().error().value_or("not JSON");
  if (const auto at = sax.error_at()) why += " at " + place_in(text, *at == 0 ? 0 : *at - 1);
  return fail(Errc::invalid, std::move(why));
}

std::string write_json(const Node& node) { return written(node, false); }

std::string write_json_indented(const Node& node) { return written(node, true); }

} // namespace rs::describe
