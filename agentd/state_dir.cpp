#include "agentd/state_dir.hpp"

#include "agentd/services/account.hpp"

#include <cstdlib>
#include <filesystem>

namespace rs::agent {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;

std::string home() {
  const char* set = std::getenv("HOME");
  return set != nullptr && *set != '\0' ? set : own_account().home;
}

// The file's text, or nothing where there is no such file.
Result<std::optional<std::string>> read_text(const std::string& path) {
  auto bytes = daemon::read_file(path, kMaxFile);
  if (bytes) return std::optional(to_text(*bytes));
  if (bytes.error().code == Errc::not_found) return std::optional<std::string>();
  return bytes.error();
}

template <class T>
Result<std::optional<T>> read_document(const std::string& path) {
  RS_TRY(const auto text, read_text(path));
  if (!text) return std::optional<T>();
  auto value = describe::from_json<T>(*text, describe::Unknown::refuse);
  if (!value) return fail(Errc::integrity, path + " is damaged: " + value.error().message);
  return std::optional<T>(std::move(*value));
}

template <class T>
Result<void> write_document(const std::string& path, const T& value) {
  const auto text = describe::write_json_indented(describe::to_node(value)) + "\n";
  return daemon::write_file_atomically(path, as_bytes(text), 0600);
}

} // namespace

std::string default_state_dir() { return is_root() ? std::string(kSystemStateDir) : home() + "/.local/state/agentd"; }
std::string default_config_file() { return is_root() ? "/etc/agentd/agentd.yaml" : home() + "/.config/agentd/agentd.yaml"; }

Result<StateDir> StateDir::open(std::string path) {
  std::error_code failed;
  const bool there = std::filesystem::exists(path, failed);
  RS_CHECK(daemon::make_private_directory(path));
  using std::filesystem::perms;
  if (!there) std::filesystem::permissions(path, perms::owner_all | perms::group_exec | perms::others_exec, failed);
  if (failed) return fail(Errc::io, path + ": " + failed.message());
  return StateDir(std::move(path));
}

Result<daemon::FileLock> StateDir::lock() const {
  auto lock = daemon::FileLock::try_acquire(path_ + "/lock");
  if (!lock && lock.error().code == Errc::conflict) return fail(Errc::conflict, "another agentd uses " + path_);
  return lock;
}

Result<std::optional<AgentState>> StateDir::load_state() const { return read_document<AgentState>(path_ + "/identity.json"); }
Result<void> StateDir::save_state(const AgentState& state) const { return write_document(path_ + "/identity.json", state); }

Result<std::optional<PendingEnrolment>> StateDir::load_pending_enrolment() const {
  return read_document<PendingEnrolment>(path_ + "/enrolment.json");
}
Result<void> StateDir::save_pending_enrolment(const PendingEnrolment& pending) const {
  return write_document(path_ + "/enrolment.json", pending);
}
void StateDir::remove_pending_enrolment() const {
  std::error_code ignored;
  std::filesystem::remove(path_ + "/enrolment.json", ignored);
}

Result<session::TakenBack> StateDir::load_taken_back() const {
  RS_TRY(auto found, read_document<session::TakenBack>(path_ + "/taken_back.json"));
  return std::move(found).value_or(session::TakenBack{});
}
Result<void> StateDir::save_taken_back(const session::TakenBack& taken_back) const {
  return write_document(path_ + "/taken_back.json", taken_back);
}

Result<std::optional<session::Policy>> load_policy(const std::string& path) {
  RS_TRY(const auto text, read_text(path));
  if (!text) return std::optional<session::Policy>();
  auto policy = session::parse_policy(*text);
  if (!policy) return within(path, policy.error());
  return std::optional(std::move(*policy));
}

} // namespace rs::agent
