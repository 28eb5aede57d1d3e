#include "cli/profile.hpp"

#include "daemon/files.hpp"

namespace rs::cli {
namespace {

constexpr std::size_t kMaxConfigBytes = 256 << 10;
constexpr std::size_t kMaxStateBytes = 1 << 20;
constexpr std::size_t kMaxCertificateBytes = 64 << 10;

// The text of a file, or nothing where there is none.
Result<std::optional<std::string>> read_text(const std::string& path, std::size_t limit) {
  auto bytes = daemon::read_file(path, limit);
  if (bytes) return std::optional(to_text(*bytes));
  if (bytes.error().code == Errc::not_found) return std::optional<std::string>();
  return bytes.error();
}

template <class T>
Result<std::optional<T>> read_document(const std::string& path) {
  RS_TRY(const auto text, read_text(path, kMaxStateBytes));
  if (!text) return std::optional<T>();
  auto document = describe::from_json<T>(*text, describe::Unknown::ignore);
  if (!document) return within(path, std::move(document).error());
  return std::optional<T>(std::move(*document));
}

Result<session::Identity> identity_of(const Device& device, const std::string& certificate) {
  RS_TRY(const auto sign, to_array<32>(device.sign, "device.json: sign"));
  RS_TRY(const auto noise, to_array<32>(device.noise, "device.json: noise"));
  return session::Identity{crypto::Ed25519Key(crypto::Secret32(sign)), crypto::X25519Key(crypto::Secret32(noise)), certificate};
}

Bytes seed_bytes(const crypto::Secret32& seed) { return {seed.view().begin(), seed.view().end()}; }

} // namespace

Result<Config> load_config(const std::string& path) {
  RS_TRY(const auto text, read_text(path, kMaxConfigBytes));
  if (!text) return Config{};
  auto config = describe::from_yaml<Config>(*text);
  if (!config) return within(path, std::move(config).error());
  return config;
}

Result<State> Profile::load_state() const {
  RS_TRY(auto state, read_document<State>(path("state.json")));
  return state ? std::move(*state) : State{};
}

Result<State> Profile::update(const std::function<Result<void>(State&)>& change) const {
  RS_CHECK(daemon::make_private_directory(directory_));
  RS_TRY(const auto lock, daemon::FileLock::acquire(path("lock")));
  RS_TRY(const State before, load_state());
  State after = before;
  RS_CHECK(change(after));
  if (after == before) return after;
  RS_CHECK(daemon::write_file_atomically(path("state.json"), as_bytes(describe::to_json(after)), 0600));
  return after;
}

Result<session::Identity> Profile::load_identity(const std::string& certificate) const {
  RS_TRY(const auto device, read_document<Device>(path("device.json")));
  if (!device) return fail(Errc::sign_in, "profile '" + name_ + "' has no keys yet");
  return identity_of(*device, certificate);
}

Result<session::Identity> Profile::ensure_identity(crypto::Random& random) const {
  RS_CHECK(daemon::make_private_directory(directory_));
  RS_TRY(const auto lock, daemon::FileLock::acquire(path("lock")));
  RS_TRY(const auto device, read_document<Device>(path("device.json")));
  if (device) return identity_of(*device, {});
  session::Identity made{crypto::Ed25519Key::generate(random), crypto::X25519Key::generate(random), {}};
  const Device fresh{seed_bytes(made.sign.seed()), seed_bytes(made.noise.seed())};
  RS_CHECK(daemon::write_file_atomically(path("device.json"), as_bytes(describe::to_json(fresh)), 0600));
  return made;
}

// What the user typed is a file's name only where it has a name's or an id's form.
std::optional<std::string> Profile::cached_agent(std::string_view as) const {
  if (!check_name(as, "") && !is_id_text('a', as)) return std::nullopt;
  auto text = read_text(path("agents/") + std::string(as), kMaxCertificateBytes);
  if (!text || !*text || (*text)->empty()) return std::nullopt;
  return std::move(**text);
}

void Profile::cache_agent(std::string_view as, const std::string& certificate) const {
  if (!check_name(as, "") && !is_id_text('a', as)) return;
  if (!daemon::make_private_directory(path("agents"))) return;
  (void)daemon::write_file_atomically(path("agents/") + std::string(as), as_bytes(certificate), 0600,
                                      daemon::Durability::volatile_);
}

void Profile::forget_agent(std::string_view as) const { cache_agent(as, {}); }

namespace {

// Keeps the last ticket of a connection (a server sends two) and writes it once, when the command is over.
class LastTicketStore final : public net::TicketStore {
 public:
  explicit LastTicketStore(const std::string& directory) : files_(net::make_ticket_store(directory)) {}
  ~LastTicketStore() override {
    for (const auto& [key, session] : latest_) files_->save(key, session);
  }
  std::optional<Bytes> load(const std::string& key) override {
    if (const auto found = latest_.find(key); found != latest_.end()) {
      if (found->second.empty()) return std::nullopt;
      return found->second;
    }
    return files_->load(key);
  }
  void save(const std::string& key, ByteView session) override { latest_[key] = Bytes(session.begin(), session.end()); }

 private:
  std::unique_ptr<net::TicketStore> files_;
  std::map<std::string, Bytes> latest_;
};

} // namespace

std::unique_ptr<net::TicketStore> Profile::tickets() const { return std::make_unique<LastTicketStore>(path("tickets")); }

} // namespace rs::cli
