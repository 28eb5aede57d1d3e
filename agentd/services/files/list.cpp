#include "agentd/services/files/entry.hpp"
#include "agentd/services/files/services.hpp"
#include "files/limits.hpp"
#include "files/posix_owners.hpp"

#include <cstring>

namespace rs::agent {
namespace {

using session::CallPort;

constexpr std::size_t kPiece = 64 << 10; // bytes of lines that are made at a time

// A directory as lines, piece by piece; on a worker.
class Lister {
 public:
  explicit Lister(Reach reach, std::string path) : reach_(std::move(reach)), path_(std::move(path)) {}

  // The next lines; empty: the end.
  Result<std::string> next() {
    if (!opened_) RS_CHECK(open());
    std::string lines = std::exchange(single_, {});
    while (listing_ && lines.size() < kPiece) {
      RS_TRY(const auto name, listing_->next());
      if (!name) {
        listing_.reset();
        break;
      }
      if (entries_ == files::kMaxListed)
        return fail(Errc::limit, path_ + ": more than " + std::to_string(files::kMaxListed) + " entries");
      RS_CHECK(add(name->name, name->name, lines));
    }
    return lines;
  }
  std::uint64_t entries() const { return entries_; }

 private:
  // Of a file, or a link to one, the entry itself.
  Result<void> open() {
    opened_ = true;
    RS_TRY(const auto jail, reach_.jail());
    auto found = jail.resolve_directory_or_new(path_);
    if (!found && found.error().code == Errc::conflict) found = jail.resolve_entry(path_); // what a reader is told of it
    RS_TRY(auto place, std::move(found));
    directory_ = std::move(place.directory);
    if (place.name) return add(*place.name, place.real_path, single_);
    RS_TRY(listing_, directory_->list());
    return {};
  }

  // What went meanwhile is no entry any more.
  Result<void> add(const std::string& name, const std::string& shown, std::string& lines) {
    const auto stat = directory_->stat(name);
    if (!stat) return stat.error().code == Errc::not_found && listing_ ? Result<void>() : stat.error();
    auto entry = file_entry(shown, *stat, owners_);
    if (stat->type == files::FileType::symlink) {
      if (auto target = directory_->read_link(name)) entry.target = OsString(std::move(*target));
    }
    lines += describe::to_json(entry) + "\n";
    ++entries_;
    return {};
  }

  Reach reach_;
  std::string path_;
  files::PosixOwners owners_;
  bool opened_ = false;
  std::unique_ptr<files::Directory> directory_;
  std::unique_ptr<files::Listing> listing_;
  std::string single_;
  std::uint64_t entries_ = 0;
};

// One piece is made, sent as far as there is credit, then the next one is made.
class ListCall final : public session::CallHandler {
 public:
  ListCall(const FilesSettings& settings, std::string path, CallPort& port)
      : shared_(std::make_shared<Shared>(settings.reactor, settings.workers.strand(), Reach::of(settings), std::move(path))) {
    shared_->port = &port;
    shared_->make();
  }
  ~ListCall() override { shared_->port = nullptr; }

  void on_data(std::uint8_t, session::InData data) override { shared_->port->consumed(data.size()); }
  void on_end(std::uint8_t) override {}
  void on_writable() override { shared_->send(); }
  void on_lost(const Error&) override { shared_->port = nullptr; }

 private:
  struct Shared : std::enable_shared_from_this<Shared> {
    Shared(daemon::Reactor& r, files::Executor s, Reach reach, std::string path)
        : reactor(r), strand(std::move(s)), lister(std::move(reach), std::move(path)) {}

    void make() {
      strand([self = shared_from_this()] {
        auto piece = std::make_shared<Result<std::string>>(self->lister.next());
        self->reactor.post([self, piece] { self->made(*piece); });
      });
    }
    void made(Result<std::string>& piece) {
      if (port == nullptr) return;
      if (!piece) return std::exchange(port, nullptr)->error(piece.error());
      if (piece->empty()) {
        port->end(files::kListStream);
        return std::exchange(port, nullptr)->result(describe::to_node(files::ListResult{lister.entries()}));
      }
      lines = std::move(*piece);
      send();
    }
    void send() {
      while (port != nullptr && !lines.empty()) {
        const auto part = std::min({port->sendable(), lines.size(), files::kMaxFrame});
        if (part == 0) return;
        session::OutFrame frame(part);
        std::memcpy(frame.room().data(), lines.data(), part);
        port->send(files::kListStream, std::move(frame), part);
        lines.erase(0, part);
        if (lines.empty()) make();
      }
    }

    daemon::Reactor& reactor;
    files::Executor strand;
    Lister lister; // on the strand, and once it is at its end
    CallPort* port = nullptr;
    std::string lines;
  };
  std::shared_ptr<Shared> shared_;
};

} // namespace

session::Service list_service(std::shared_ptr<const FilesSettings> settings) {
  const auto start = [settings](const session::Caller&, const describe::Node& node,
                                CallPort& port) -> Result<std::unique_ptr<session::CallHandler>> {
    RS_TRY(auto params, describe::from_node<files::PathParams>(node, describe::Unknown::ignore));
    return std::unique_ptr<session::CallHandler>(std::make_unique<ListCall>(*settings, std::move(params.path.bytes), port));
  };
  return {files::kListCall, Permission::files, start, [](const describe::Node& node) {
    const auto params = describe::from_node<files::PathParams>(node, describe::Unknown::ignore);
    return params ? params->path.bytes : std::string();
  }};
}

} // namespace rs::agent
