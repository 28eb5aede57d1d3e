#include "daemon/transfer_journals.hpp"

#include "crypto/hash.hpp"
#include "daemon/files.hpp"
#include "files/receiver.hpp"

#include <unistd.h>

#include <filesystem>

namespace rs::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRecord = 64 << 10; // bytes
constexpr std::size_t kMaxSwept = 100'000;   // entries below a destination that are looked at
constexpr std::string_view kRecordEnd = ".json";
constexpr std::string_view kLockEnd = ".lock";

std::string boot_id() {
  const auto text = read_file("/proc/sys/kernel/random/boot_id", 64);
  return text ? to_text(*text) : std::string();
}

Result<files::JournalRecord> read_record(const std::string& path) {
  RS_TRY(const auto text, read_file(path, kMaxRecord));
  return describe::from_json<files::JournalRecord>(as_text(text), describe::Unknown::ignore);
}

bool is_partial(const std::string& name) { return name.starts_with(files::kPartialPrefix); }

void remove_partials(const files::JournalRecord& record) {
  for (const auto& partial : record.partials) {
    if (is_partial(partial.name.bytes)) ::unlink((partial.folder.bytes + "/" + partial.name.bytes).c_str());
  }
}

// What a killed attempt had under short-lived names may be anywhere below its destination.
void remove_litter(const files::JournalRecord& record) {
  if (!is_partial(record.prefix) || record.prefix.size() < files::kPartialPrefix.size() + 8) return;
  std::error_code failed;
  std::size_t looked_at = 0;
  for (auto at = fs::recursive_directory_iterator(record.folder.bytes, fs::directory_options::skip_permission_denied, failed);
       !failed && at != fs::recursive_directory_iterator() && ++looked_at < kMaxSwept; at.increment(failed)) {
    if (at->path().filename().native().starts_with(record.prefix)) ::unlink(at->path().c_str());
  }
}

class FileJournal final : public files::Journal {
 public:
  FileJournal(std::string base, FileLock lock) : base_(std::move(base)), lock_(std::move(lock)) {}

  files::JournalRecord load() override {
    auto record = read_record(base_ + std::string(kRecordEnd));
    if (!record) return {};
    if (record->boot != boot_) record->completed = 0;
    return std::move(*record);
  }
  Result<void> save(const files::JournalRecord& record) override {
    auto written = record;
    written.boot = boot_;
    return write_file_atomically(base_ + std::string(kRecordEnd), as_bytes(describe::to_json(written)), 0600,
                                 Durability::volatile_);
  }
  void forget() override {
    if (const auto record = read_record(base_ + std::string(kRecordEnd))) remove_partials(*record);
    ::unlink((base_ + std::string(kRecordEnd)).c_str());
    ::unlink((base_ + std::string(kLockEnd)).c_str());
  }

 private:
  std::string base_;
  FileLock lock_;
  std::string boot_ = boot_id();
};

} // namespace

std::unique_ptr<files::Journal> TransferJournals::open(const std::string& key) const {
  if (!make_private_directory(directory_)) return nullptr;
  const auto base = directory_ + "/" + hex(ByteView(crypto::sha256(as_bytes(key))).first(16));
  auto lock = FileLock::try_acquire(base + std::string(kLockEnd));
  if (!lock) return nullptr;
  return std::make_unique<FileJournal>(base, std::move(*lock));
}

void TransferJournals::sweep(WallTime now) const {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory_, failed)) {
    const auto path = entry.path().native();
    if (!path.ends_with(kRecordEnd)) continue;
    const auto base = path.substr(0, path.size() - kRecordEnd.size());
    const auto record = read_record(path);
    if (record && now - record->begun < kKeepTransfers) continue;
    auto lock = FileLock::try_acquire(base + std::string(kLockEnd));
    if (!lock) continue; // it runs
    if (record) remove_litter(*record);
    FileJournal(base, std::move(*lock)).forget();
  }
}

} // namespace rs::daemon
