#include "relayd/store/columns.hpp"

#include "describe/node.hpp"

#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enum_to_string.hpp>

namespace rs::store {
namespace {

template <class E>
Result<E> enum_from(const std::string& text) {
  E value{};
  if (boost::describe::enum_from_string(text.c_str(), value)) return value;
  return fail(Errc::io, "store: unknown value '" + text + "'");
}

template <class E>
std::string enum_text(E value) {
  return boost::describe::enum_to_string(value, "");
}

Error unexpected(std::string_view what) { return fail(Errc::io, "store: " + std::string(what) + " is not what was written"); }

} // namespace

Result<PublicKey> key_column(const sqlite::Query& query, int column) {
  const auto key = to_array<32>(query.blob(column), "key");
  if (!key) return unexpected("a key");
  return *key;
}

std::string role_text(Role role) { return enum_text(role); }
Result<Role> role_column(const sqlite::Query& query, int column) { return enum_from<Role>(query.text(column)); }
std::string mode_text(TenantMode mode) { return enum_text(mode); }
Result<TenantMode> mode_column(const sqlite::Query& query, int column) { return enum_from<TenantMode>(query.text(column)); }

std::string tags_text(const Tags& tags) {
  describe::Node::Object object;
  for (const auto& [key, value] : tags) object.emplace_back(key, describe::Node(value));
  return describe::write_json(describe::Node(std::move(object)));
}

Result<Tags> tags_column(const sqlite::Query& query, int column) {
  RS_TRY(const auto node, describe::parse_json(query.text(column)));
  const auto* object = node.get_if<describe::Node::Object>();
  if (object == nullptr) return unexpected("tags");
  Tags tags;
  for (const auto& [key, value] : *object) {
    const auto* text = value.get_if<std::string>();
    if (text == nullptr) return unexpected("tags");
    tags.emplace(key, *text);
  }
  return tags;
}

std::string permissions_text(const std::vector<Permission>& permissions) {
  describe::Node::Array array;
  for (const auto permission : permissions) array.emplace_back(enum_text(permission));
  return describe::write_json(describe::Node(std::move(array)));
}

Result<std::vector<Permission>> permissions_column(const sqlite::Query& query, int column) {
  RS_TRY(const auto node, describe::parse_json(query.text(column)));
  const auto* array = node.get_if<describe::Node::Array>();
  if (array == nullptr) return unexpected("permissions");
  std::vector<Permission> permissions;
  for (const auto& item : *array) {
    const auto* text = item.get_if<std::string>();
    if (text == nullptr) return unexpected("permissions");
    RS_TRY(const auto permission, enum_from<Permission>(*text));
    permissions.push_back(permission);
  }
  return permissions;
}

} // namespace rs::store
