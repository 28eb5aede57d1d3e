#pragma once

#include "files/descriptor.hpp"
#include "files/disk.hpp"

#include <memory>

namespace rs::files {

// Ends the waits of the PipeFiles that share it, from any thread, for good.
class PipeCancel {
 public:
  PipeCancel();
  void cancel();
  int descriptor() const { return event_.get(); }

 private:
  Descriptor event_;
};

// A standard stream of this process, whatever it is: read or written in order, offsets are not looked at. The descriptor is
// not owned. A wait that is cancelled is `interrupted`.
class PipeFile final : public File {
 public:
  PipeFile(int descriptor, std::string name, std::shared_ptr<PipeCancel> cancel)
      : descriptor_(descriptor), name_(std::move(name)), cancel_(std::move(cancel)) {}

  Result<FileStat> stat() override;
  Result<std::size_t> read(std::uint64_t offset, MutableBytes room) override;
  Result<void> write(std::uint64_t offset, ByteView bytes) override;
  Result<Extent> next_data(std::uint64_t offset) override;
  Result<void> resize(std::uint64_t) override { return {}; }
  Result<void> sync() override { return {}; }
  Result<void> set(const Metadata&) override { return {}; }
  Result<std::vector<Attribute>> attributes() override { return std::vector<Attribute>(); }

 private:
  Result<void> wait(short events);

  int descriptor_;
  std::string name_;
  std::shared_ptr<PipeCancel> cancel_;
};

} // namespace rs::files
