#include "daemon/transfer_journals.hpp"

#include "crypto/hash.hpp"
#include "daemon/files.hpp"
#include "files/limits.hpp"
#include "files/receiver.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

namespace rs::daemon {
namespace {

namespace fs = std::filesystem;

// Bytes: the longest folders, each byte of which may be written as \u0001, and all the rest.
constexpr std::size_t kMaxRecord = files::kMaxPartials * files::kMaxPath * 6 + (64 << 10);
constexpr std::size_t kMaxSwept = 100'000; // entries below a destination that are looked at
constexpr Millis kLockInterval{50};
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

bool is_written_lately(const std::string& path, WallTime now) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && now - from_unix_seconds(status.st_mtim.tv_sec) < kKeepTransfers;
}

// An unreadable record may be one of another version of this program.
bool is_young(const Result<files::JournalRecord>& record, const std::string& path, WallTime now) {
  return record ? now - record->begun < kKeepTransfers : is_written_lately(path, now);
}

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
  // A lock without a record is nobody's.
  ~FileJournal() override {
    if (!forgotten_ && ::access((base_ + std::string(kRecordEnd)).c_str(), F_OK) != 0) remove_lock();
  }

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
    remove_lock();
  }

 private:
  // From here on another attempt may lock a file of this name.
  void remove_lock() {
    ::unlink((base_ + std::string(kLockEnd)).c_str());
    forgotten_ = true;
  }

  std::string base_;
  FileLock lock_;
  std::string boot_ = boot_id();
  bool forgotten_ = false;
};

void sweep_transfer(const std::string& base, WallTime now) {
  const auto path = base + std::string(kRecordEnd);
  if (is_young(read_record(path), path, now)) return;
  auto lock = FileLock::try_acquire(base + std::string(kLockEnd));
  if (!lock) return; // it runs
  FileJournal journal(base, std::move(*lock));
  const auto record = read_record(path); // as it is now that nobody else writes it
  if (is_young(record, path, now)) return;
  if (record) remove_litter(*record);
  journal.forget();
}

} // namespace

std::string TransferJournals::base_of(const std::string& key) const {
  return directory_ + "/" + hex(ByteView(crypto::sha256(as_bytes(key))).first(16));
}

Result<std::unique_ptr<files::Journal>> TransferJournals::open(const std::string& key, const std::atomic<bool>& stop,
                                                               Millis patience) const {
  if (!make_private_directory(directory_)) return std::unique_ptr<files::Journal>();
  const auto base = base_of(key);
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto lock = FileLock::try_acquire(base + std::string(kLockEnd));
    if (lock) return std::unique_ptr<files::Journal>(std::make_unique<FileJournal>(base, std::move(*lock)));
    if (lock.error().code != Errc::conflict) return std::unique_ptr<files::Journal>();
    if (stop) return fail(Errc::interrupted, "stopped while another transfer of the same files to the same place ends");
    if (std::chrono::steady_clock::now() >= until)
      return fail(Errc::conflict, "another transfer of the same files to the same place runs");
    std::this_thread::sleep_for(kLockInterval);
  }
}

files::JournalRecord TransferJournals::peek(const std::string& key) const {
  auto record = read_record(base_of(key) + std::string(kRecordEnd));
  return record ? std::move(*record) : files::JournalRecord();
}

void TransferJournals::sweep(WallTime now) const {
  std::error_code failed;
  for (auto at = fs::directory_iterator(directory_, failed); !failed && at != fs::directory_iterator(); at.increment(failed)) {
    const auto& path = at->path();
    const bool half_written = path.stem().extension() == kRecordEnd; // "….json.XXXXXX" of a killed write
    if (half_written && !is_written_lately(path.native(), now)) ::unlink(path.c_str());
    if (path.extension() != kRecordEnd && path.extension() != kLockEnd) continue;
    sweep_transfer((path.parent_path() / path.stem()).native(), now);
  }
}

} // namespace rs::daemon
