#include "base/os_string.hpp"
#include "describe/node.hpp"
#include "describe/plain_scalar.hpp"
#include "describe/text.hpp"
#include "describe/tree_builder.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>

namespace rs::describe {
namespace {

struct Stopped {}; // thrown through the parser once the tree refused an event

class Events final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    if (tree_.expects_key()) stop(mark, "a key must be a string");
    take(mark, tree_.value(Node()));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { stop(mark, "aliases are not supported"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    refuse_anchor(mark, anchor);
    if (tag != "?" && tag != "!") stop(mark, "tags are not supported");
    if (!is_utf8(value)) stop(mark, "invalid UTF-8");
    if (tree_.expects_key()) take(mark, tree_.key(value));
    else take(mark, tree_.value(tag == "?" ? resolve_plain(value) : Node(value)));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_collection(mark, tag, anchor);
    take(mark, tree_.begin_array());
  }
  void OnSequenceEnd() override { take(last_, tree_.end()); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    check_collection(mark, tag, anchor);
    take(mark, tree_.begin_object());
  }
  void OnMapEnd() override { take(last_, tree_.end()); }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override { stop(mark, "anchors are not supported"); }

  TreeBuilder& tree() { return tree_; }
  const YAML::Mark& last() const { return last_; }

 private:
  void take(const YAML::Mark& mark, bool taken) {
    last_ = mark;
    if (!taken) throw Stopped{};
  }
  void stop(const YAML::Mark& mark, std::string why) { take(mark, tree_.fail_with(std::move(why))); }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) stop(mark, "anchors are not supported");
  }
  void check_collection(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    if (tag != "?") stop(mark, "tags are not supported");
    if (tree_.expects_key()) stop(mark, "a key must be a string");
  }

  TreeBuilder tree_;
  YAML::Mark last_;
};

Error not_yaml(const YAML::Mark& mark, std::string_view why) {
  std::string message = "not YAML";
  if (!mark.is_null()) message += " at line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1);
  return fail(Errc::invalid, message + ": " + std::string(why));
}

// The parser's own words end in ": TEXT" where they repeat the document.
std::string_view without_quotation(std::string_view message) { return message.substr(0, message.find(':')); }

// YAML allows no other control characters (YAML 1.2.2 §5.1), and the parser would take a NUL for a sign of UTF-16.
bool is_forbidden(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x7f || (byte < 0x20 && c != '\t' && c != '\n' && c != '\r');
}

class Writer {
 public:
  void document(const Node& node) { entry(node, 0); }
  std::string take() { return std::move(out_); }

 private:
  // At the place where the node begins; what follows the first line is indented.
  void entry(const Node& node, std::size_t indent) {
    const auto* array = node.get_if<Node::Array>();
    const auto* object = node.get_if<Node::Object>();
    if (array != nullptr && !array->empty()) items(*array, indent);
    else if (object != nullptr && !object->empty()) members(*object, indent);
    else scalar_line(node);
  }
  void items(const Node::Array& array, std::size_t indent) {
    for (const auto& item : array) {
      if (&item != array.data()) pad(indent);
      out_ += "- ";
      entry(item, indent + 2);
    }
  }
  void members(const Node::Object& object, std::size_t indent) {
    for (const auto& member : object) {
      if (&member != object.data()) pad(indent);
      write_member(member, indent);
    }
  }
  void write_member(const Node::Member& member, std::size_t indent) {
    std::string key;
    append_string(key, member.first);
    if (key.size() > kLongestSimpleKey) {
      out_ += "? " + key + "\n";
      pad(indent);
      out_ += ": ";
      return entry(member.second, indent + 2);
    }
    out_ += key + ":";
    if (!is_block(member.second)) {
      out_ += ' ';
      return scalar_line(member.second);
    }
    out_ += '\n';
    pad(indent + 2);
    entry(member.second, indent + 2);
  }
  void scalar_line(const Node& node) {
    switch (node.kind()) {
      case Node::Kind::string: append_string(out_, *node.get_if<std::string>()); break;
      case Node::Kind::real: out_ += real_text(*node.get_if<double>()); break;
      case Node::Kind::array: out_ += "[]"; break;
      case Node::Kind::object: out_ += "{}"; break;
      default: out_ += write_json(node); break;
    }
    out_ += '\n';
  }
  void pad(std::size_t indent) { out_.append(indent, ' '); }

  static bool is_block(const Node& node) {
    const auto* array = node.get_if<Node::Array>();
    const auto* object = node.get_if<Node::Object>();
    return (array != nullptr && !array->empty()) || (object != nullptr && !object->empty());
  }
  static void append_string(std::string& out, std::string_view text) {
    if (may_stand_plain(text)) out += text;
    else append_quoted(out, text);
  }
  static std::string real_text(double value) {
    if (std::isnan(value)) return ".nan";
    if (std::isinf(value)) return value < 0 ? "-.inf" : ".inf";
    return write_json(value);
  }

  static constexpr std::size_t kLongestSimpleKey = 1000; // 1024 characters (YAML 1.2.2 §7.4)
  std::string out_;
};

} // namespace

Result<Node> parse_yaml(std::string_view text) {
  if (!is_utf8(text)) return fail(Errc::invalid, "not YAML: invalid UTF-8");
  if (const auto at = std::find_if(text.begin(), text.end(), is_forbidden); at != text.end()) {
    return fail(Errc::invalid, "not YAML: a control character at " + place_in(text, static_cast<std::size_t>(at - text.begin())));
  }
  Events events;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(events);
    Events second;
    if (parser.HandleNextDocument(second)) return fail(Errc::invalid, "not YAML: more than one document");
  } catch (const Stopped&) {
    return not_yaml(events.last(), events.tree().error().value_or("more than one document"));
  } catch (const YAML::Exception& error) {
    return not_yaml(error.mark, without_quotation(error.msg));
  } catch (const std::exception&) {
    return not_yaml(events.last(), "syntax error");
  }
  return events.tree().take_root();
}

std::string write_yaml(const Node& node) {
  Writer writer;
  writer.document(node);
  return writer.take();
}

} // namespace rs::describe
