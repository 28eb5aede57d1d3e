#pragma once

#include "files/descriptor.hpp"
#include "files/disk.hpp"
#include "files/posix_path.hpp"

namespace rs::files {

// A regular file that is open.
class PosixFile final : public File {
 public:
  PosixFile(Descriptor file, EntryPath path) : file_(std::move(file)), path_(std::move(path)) {}

  Result<FileStat> stat() override;
  Result<std::size_t> read(std::uint64_t offset, MutableBytes room) override;
  Result<void> write(std::uint64_t offset, ByteView bytes) override;
  Result<Extent> next_data(std::uint64_t offset) override;
  Result<void> resize(std::uint64_t size) override;
  Result<void> sync() override;
  Result<void> set(const Metadata& metadata) override;
  Result<std::vector<Attribute>> attributes() override;

 private:
  Descriptor file_;
  EntryPath path_;
};

} // namespace rs::files
