#include "base/assert.hpp"
#include "files/limits.hpp"
#include "files/receiver.hpp"
#include "files/sender.hpp"
#include "support/fuzz_input.hpp"
#include "support/memory_disk.hpp"

#include <algorithm>
#include <set>

// A receiver, and a sender, whose other end is the input. Whatever it says: nothing outside of the destination changes, a file
// gets its name only with all of its content, and nothing that is unfinished stays but what the journal knows.
namespace {

using namespace rs;
using namespace rs::files;
using rs::test::FuzzInput;
using rs::test::MemoryDisk;

class NobodysOwners final : public Owners {
 public:
  std::optional<std::string> user_name(std::uint32_t) override { return std::nullopt; }
  std::optional<std::string> group_name(std::uint32_t) override { return std::nullopt; }
  std::optional<std::uint32_t> user_id(const std::string&) override { return std::nullopt; }
  std::optional<std::uint32_t> group_id(const std::string&) override { return std::nullopt; }
};

struct Kept {
  JournalRecord record;
};
class KeptJournal final : public Journal {
 public:
  explicit KeptJournal(Kept& kept) : kept_(kept) {}
  JournalRecord load() override { return kept_.record; }
  Result<void> save(const JournalRecord& record) override {
    kept_.record = record;
    return {};
  }
  void forget() override { kept_.record = {}; }

 private:
  Kept& kept_;
};

// What the stream says of each file, read beside the receiver: sizes that were ever begun under a name.
class Listener final : public StreamReader::Events {
 public:
  std::set<std::pair<std::string, std::uint64_t>> sizes;
  std::set<std::string> of_any_size;

 private:
  Result<void> on_record(Record record) override {
    if (const auto* begin = std::get_if<FileBegin>(&record)) {
      if (begin->size) sizes.emplace(begin->name, *begin->size);
      else of_any_size.insert(begin->name);
    }
    if (const auto* link = std::get_if<HardLink>(&record)) of_any_size.insert(link->name);
    return {};
  }
  Result<void> on_content(ByteView) override { return {}; }
};

constexpr std::uint64_t kRoom = 4 << 20; // bytes of the target's disk

void check_target(MemoryDisk& disk, const Listener& listener, const Kept& kept) {
  for (const auto& path : disk.names()) {
    if (path == "outside" || path == "outside/kept" || path == "dst") continue;
    RS_ASSERT(path.starts_with("dst/"));
    const auto name = path.substr(path.rfind('/') + 1);
    const auto stat = disk.stat(path);
    if (stat.type != FileType::regular) continue;
    if (name.starts_with(kPartialPrefix)) {
      const auto known = [&](const PartialFile& partial) {
        return "/" + path == partial.folder.bytes + "/" + partial.name.bytes;
      };
      RS_ASSERT(std::ranges::any_of(kept.record.partials, known) || listener.of_any_size.contains(name) ||
                std::ranges::any_of(listener.sizes, [&](const auto& said) { return said.first == name; }));
      continue;
    }
    if (disk.content(path) != "old") RS_ASSERT(listener.of_any_size.contains(name) || listener.sizes.contains({name, stat.size}));
  }
}

void attack_receiver(FuzzInput& input) {
  MemoryDisk disk;
  disk.capacity = kRoom;
  disk.add_file("outside/kept", "kept");
  disk.add_file("dst/old", "old");
  NobodysOwners owners;
  Progress progress;
  Kept kept;
  Listener listener;
  const auto shape = input.byte();
  Receiver receiver({.base = disk.directory("dst"),
                     .base_path = "/dst",
                     .name = (shape & 1) != 0 ? std::optional<std::string>("one") : std::nullopt,
                     .preserve = (shape & 2) != 0,
                     .prefix = std::string(kPartialPrefix) + "fuzz-",
                     .key = "key"},
                    std::make_unique<KeptJournal>(kept), owners, progress);
  StreamReader beside(listener);
  RS_ASSERT(receiver.start());
  bool heard = (shape & 1) == 0; // with one name for everything names differ
  bool good = true;
  while (good && !input.empty()) {
    const auto kind = input.byte() % 8 == 0 ? kZstdStream : kPlainStream;
    const auto frame = input.take(1 + input.number());
    if (kind == kPlainStream) (void)beside.read(frame);
    else heard = false;
    good = receiver.on_frame(kind, frame).has_value();
    (void)receiver.take_replies();
  }
  if (!good || !receiver.finish()) receiver.abandon();
  RS_ASSERT(receiver.counts().failures.size() <= kMaxFailures);
  if (heard) check_target(disk, listener, kept);
  RS_ASSERT(disk.used() <= kRoom && disk.content("outside/kept") == "kept");
}

void attack_sender(FuzzInput& input) {
  MemoryDisk disk;
  disk.add_file("tree/a", "a");
  disk.add_file("tree/b", std::string(kBlock + 10, 'b'));
  disk.add_hard_link("tree/b", "tree/c");
  NobodysOwners owners;
  Progress progress;
  std::vector<Source> sources(1);
  sources[0].parent = disk.root();
  sources[0].name = sources[0].as = "tree";
  Sender sender(std::move(sources), {.recursive = true, .verify = true}, owners, progress);
  Bytes room(kMaxFrame);
  for (int frames = 0; !sender.done() && !input.empty() && frames < 200; ++frames) {
    if (!sender.on_replies(input.take(input.byte()))) return;
    const auto filled = sender.fill(room);
    RS_ASSERT(filled && filled->size <= room.size());
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input({data, size});
  if (input.byte() % 4 == 3) attack_sender(input);
  else attack_receiver(input);
  return 0;
}
