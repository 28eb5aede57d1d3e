#include "crypto/hash.hpp"
#include "daemon/files.hpp"
#include "net/client.hpp"

namespace rs::net {
namespace {

constexpr std::size_t kMaxTicketFile = 64 << 10;

class FileTicketStore final : public TicketStore {
 public:
  explicit FileTicketStore(std::string directory) : directory_(std::move(directory)) {}

  std::optional<Bytes> load(const std::string& key) override {
    auto bytes = daemon::read_file(path_of(key), kMaxTicketFile);
    if (!bytes || bytes->empty()) return std::nullopt;
    return std::move(*bytes);
  }

  // A ticket that cannot be kept only costs the next connection a full handshake. One that is lost in a crash, too.
  void save(const std::string& key, ByteView session) override {
    if (!daemon::make_private_directory(directory_)) return;
    (void)daemon::write_file_atomically(path_of(key), session, 0600, daemon::Durability::volatile_);
  }

 private:
  std::string path_of(const std::string& key) const { return directory_ + "/" + hex(crypto::sha256(as_bytes(key))); }
  std::string directory_;
};

} // namespace

std::unique_ptr<TicketStore> make_ticket_store(const std::string& directory) {
  return std::make_unique<FileTicketStore>(directory);
}

} // namespace rs::net
