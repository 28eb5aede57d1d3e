#include "fleet/selector.hpp"

#include "fleet/characters.hpp"
#include "fleet/pattern.hpp"

#include <algorithm>
#include <vector>

namespace rs::fleet {

struct Selector::Node {
  enum class Kind { any, all, not_, exists, equals, differs, found };
  Kind kind;
  std::vector<std::shared_ptr<const Node>> children; // any, all, not_
  std::string field;                                 // of a term; "" for a tag
  std::string tag;
  std::string value;
  std::optional<Pattern> pattern;
};

namespace {

using Node = Selector::Node;
using NodePtr = std::shared_ptr<const Node>;

constexpr std::string_view kFields[] = {"name", "os", "version", "user", "online"};
constexpr std::string_view kFieldNames = "name, os, version, user and online";
constexpr std::string_view kTagPrefix = "tag.";
constexpr std::string_view kBlanks = " \t\r\n";

bool is_field(std::string_view word) { return std::ranges::find(kFields, word) != std::end(kFields); }

bool is_subject_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<NodePtr> run() {
    RS_TRY(auto root, any());
    skip_blanks();
    if (at_ < text_.size()) return error(at_, peek() == ')' ? "a ')' without its '('" : "',' or '|' is missing here");
    return root;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (at_ < text_.size() && kBlanks.find(text_[at_]) != kBlanks.npos) ++at_;
  }
  bool take(std::string_view token) {
    skip_blanks();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  Error error(std::size_t at, std::string_view what) const {
    return fail(Errc::invalid, "column " + std::to_string(column_of(text_, at)) + ": " + std::string(what));
  }

  Result<NodePtr> any() { return list(Node::Kind::any, "|", &Parser::all); }
  Result<NodePtr> all() { return list(Node::Kind::all, ",", &Parser::not_); }

  Result<NodePtr> list(Node::Kind kind, std::string_view separator, Result<NodePtr> (Parser::*item)()) {
    RS_TRY(auto first, (this->*item)());
    std::vector<NodePtr> items{std::move(first)};
    while (take(separator)) {
      RS_TRY(auto next, (this->*item)());
      items.push_back(std::move(next));
    }
    if (items.size() == 1) return std::move(items.front());
    return make(kind, std::move(items));
  }

  Result<NodePtr> not_() {
    if (++depth_ > kMaxSelectorDepth)
      return error(at_, "more than " + std::to_string(kMaxSelectorDepth) + " levels of ( ) and !");
    auto out = deeper();
    --depth_;
    return out;
  }

  Result<NodePtr> deeper() {
    if (take("!")) {
      RS_TRY(auto inner, not_());
      return make(Node::Kind::not_, {std::move(inner)});
    }
    if (!take("(")) return term();
    const auto opened = at_ - 1;
    RS_TRY(auto inner, any());
    if (!take(")")) return error(opened, "this '(' is never closed");
    return inner;
  }

  static NodePtr make(Node::Kind kind, std::vector<NodePtr> children) {
    return std::make_shared<Node>(Node{kind, std::move(children), {}, {}, {}, {}});
  }

  Result<NodePtr> term() {
    skip_blanks();
    const auto start = at_;
    while (at_ < text_.size() && is_subject_character(text_[at_])) ++at_;
    const auto word = text_.substr(start, at_ - start);
    if (word.empty()) return error(start, "a tag or a field is missing here");
    Node node{Node::Kind::exists, {}, {}, {}, {}, {}};
    if (is_field(word)) node.field = word;
    else node.tag = word.starts_with(kTagPrefix) ? word.substr(kTagPrefix.size()) : word;
    if (node.field.empty() && node.tag.empty()) return error(start, "'tag.' needs a name");
    RS_CHECK(comparison(node, start, word));
    return std::make_shared<Node>(std::move(node));
  }

  Result<void> comparison(Node& node, std::size_t start, std::string_view word) {
    if (take("!=")) node.kind = Node::Kind::differs;
    else if (take("=")) node.kind = Node::Kind::equals;
    else if (take("~")) node.kind = Node::Kind::found;
    const bool alone = node.kind == Node::Kind::exists;
    if (alone && node.field.empty() && !word.starts_with(kTagPrefix))
      return error(start, "'" + std::string(word) + "' is no field (there are " + std::string(kFieldNames) + "); 'tag." +
                              std::string(word) + "' asks whether there is such a tag");
    if (alone) return {};
    skip_blanks();
    const auto at = at_;
    RS_TRY(node.value, value());
    return check_value(node, at);
  }

  Result<void> check_value(Node& node, std::size_t at) {
    if (node.kind == Node::Kind::found) {
      auto pattern = Pattern::compile(node.value);
      if (!pattern) return error(at, pattern.error().message);
      node.pattern = std::move(*pattern);
    } else if (node.field == "online" && node.value != "true" && node.value != "false") {
      return error(at, "online is true or false");
    }
    return {};
  }

  Result<std::string> value() {
    if (peek() == '"' || peek() == '\'') return quoted();
    const auto start = at_;
    constexpr std::string_view kEnds = " \t\r\n,|()\"'";
    while (at_ < text_.size() && kEnds.find(text_[at_]) == kEnds.npos) ++at_;
    if (at_ == start) return error(start, "a value is missing here; an empty one is \"\"");
    return std::string(text_.substr(start, at_ - start));
  }

  Result<std::string> quoted() {
    const auto start = at_;
    const char quote = text_[at_++];
    std::string out;
    while (at_ < text_.size() && text_[at_] != quote) {
      const auto next = text_.substr(at_ + 1, 1);
      if (quote == '"' && text_[at_] == '\\' && (next == "\"" || next == "\\")) ++at_;
      out += text_[at_++];
    }
    if (at_ == text_.size()) return error(start, "this quote is never closed");
    ++at_;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

std::optional<std::string_view> value_of(const Node& node, const AgentFacts& agent) {
  if (node.field == "name") return agent.name;
  if (node.field == "os") return agent.os;
  if (node.field == "version") return agent.version;
  if (node.field == "online") return agent.online ? "true" : "false";
  if (node.field == "user") return agent.user ? std::optional<std::string_view>(*agent.user) : std::nullopt;
  const auto tag = agent.tags.find(node.tag);
  return tag == agent.tags.end() ? std::nullopt : std::optional<std::string_view>(tag->second);
}

bool holds(const Node& node, const AgentFacts& agent) {
  const auto child_holds = [&](const NodePtr& child) { return holds(*child, agent); };
  const auto value = node.children.empty() ? value_of(node, agent) : std::nullopt;
  switch (node.kind) {
    case Node::Kind::any: return std::ranges::any_of(node.children, child_holds);
    case Node::Kind::all: return std::ranges::all_of(node.children, child_holds);
    case Node::Kind::not_: return !child_holds(node.children.front());
    case Node::Kind::exists: return node.field == "online" ? agent.online : value && (node.field.empty() || !value->empty());
    case Node::Kind::equals: return value == node.value;
    case Node::Kind::differs: return value != node.value;
    case Node::Kind::found: return value && node.pattern->found_in(*value);
  }
  return false;
}

} // namespace

Result<Selector> Selector::parse(std::string_view text) {
  if (text.size() > kMaxSelector)
    return fail(Errc::invalid, "the expression is longer than " + std::to_string(kMaxSelector) + " bytes");
  RS_TRY(auto root, Parser(text).run());
  return Selector(std::move(root));
}

bool Selector::matches(const AgentFacts& agent) const { return holds(*root_, agent); }

} // namespace rs::fleet
