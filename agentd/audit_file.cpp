#include "agentd/audit_file.hpp"

#include "base/bytes.hpp"
#include "base/log.hpp"
#include "describe/codec.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace rs::agent {
namespace {

using session::AuditHead;
using session::AuditRecord;

constexpr Logger log("audit");
// More than the longest line: five texts and the detail at their limits, every byte of a text escaped.
constexpr std::int64_t kTailBytes = 128 * 1024;

Error unavailable(const std::string& path) { return fail(Errc::audit_unavailable, path + ": " + std::strerror(errno)); }

Result<AuditRecord> parse_line(std::string_view line) {
  RS_TRY(auto record, describe::from_json<AuditRecord>(line, describe::Unknown::refuse));
  RS_TRY(const auto hash, session::hash_of(record));
  if (hex(hash) != record.hash) return fail(Errc::integrity, "audit record " + std::to_string(record.seq) + " is altered");
  return record;
}

Result<std::string> read_tail(int fd, std::int64_t size, const std::string& path) {
  const auto begin = std::max<std::int64_t>(0, size - kTailBytes);
  std::string tail(static_cast<std::size_t>(size - begin), '\0');
  std::size_t done = 0;
  while (done < tail.size()) {
    const ssize_t got = ::pread(fd, tail.data() + done, tail.size() - done, begin + static_cast<off_t>(done));
    if (got <= 0) return unavailable(path);
    done += static_cast<std::size_t>(got);
  }
  return tail;
}

// A file whose name is not on the disk yet would be lost with its contents.
void sync_parent(const std::string& path) {
  const auto slash = path.rfind('/');
  const int fd = ::open(slash == std::string::npos ? "." : path.substr(0, slash + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

} // namespace

Result<std::unique_ptr<AuditFile>> AuditFile::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return unavailable(path);
  std::unique_ptr<AuditFile> file(new AuditFile(path, fd));
  sync_parent(path);
  RS_CHECK(file->find_head());
  return file;
}

AuditFile::~AuditFile() { ::close(fd_); }

Result<void> AuditFile::find_head() {
  struct stat status {};
  if (::fstat(fd_, &status) != 0) return unavailable(path_);
  size_ = status.st_size;
  RS_TRY(auto tail, read_tail(fd_, size_, path_));
  const auto last_newline = tail.rfind('\n');
  const std::size_t whole = last_newline == std::string::npos ? 0 : last_newline + 1;
  if (whole == 0 && size_ > kTailBytes) return fail(Errc::integrity, path_ + ": this is no audit file");
  if (whole < tail.size()) {
    log.warning("torn-line-cut", {{"path", path_}, {"bytes", std::to_string(tail.size() - whole)}});
    RS_CHECK(cut_to(size_ - static_cast<std::int64_t>(tail.size() - whole)));
    tail.resize(whole);
  }
  if (tail.empty()) return {};
  tail.pop_back();
  const auto before = tail.rfind('\n');
  const auto record = parse_line(std::string_view(tail).substr(before == std::string::npos ? 0 : before + 1));
  if (!record) return fail(Errc::integrity, path_ + ": the last line: " + record.error().message);
  head_ = {record->seq, record->hash};
  return {};
}

Result<void> AuditFile::cut_to(std::int64_t size) {
  if (::ftruncate(fd_, size) != 0 || ::fsync(fd_) != 0) return unavailable(path_);
  size_ = size;
  return {};
}

Result<void> AuditFile::write_line(const std::string& line) {
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t put = ::pwrite(fd_, line.data() + done, line.size() - done, size_ + static_cast<off_t>(done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return unavailable(path_);
    done += static_cast<std::size_t>(put);
  }
  if (::fdatasync(fd_) != 0) return unavailable(path_);
  return {};
}

Result<AuditRecord> AuditFile::append(AuditRecord record) {
  AuditHead next = head_;
  RS_CHECK(session::seal_next(record, next));
  const std::string line = describe::to_json(record) + "\n";
  if (const auto written = write_line(line); !written) {
    const auto kept = size_;
    if (const auto cut = cut_to(kept); !cut) log.error("cut-failed", {{"path", path_}, {"error", cut.error().message}});
    return written.error();
  }
  size_ += static_cast<std::int64_t>(line.size());
  head_ = next;
  return record;
}

Result<AuditHead> AuditFile::verify(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(Errc::not_found, path + ": cannot be read");
  AuditHead head;
  AuditRecord first;
  for (std::string line; std::getline(file, line);) {
    const auto record = describe::from_json<AuditRecord>(line, describe::Unknown::refuse);
    if (!record) return fail(Errc::integrity, "audit record " + std::to_string(head.seq + 1) + " is altered: " + record.error().message);
    if (head.seq == 0) first = *record;
    if (record->tenant != first.tenant || record->writer != first.writer)
      return fail(Errc::integrity, "audit record " + std::to_string(record->seq) + " belongs to another chain");
    RS_TRY(head, session::verify_chain({&*record, 1}, head));
  }
  return head;
}

} // namespace rs::agent
