#include "agentd/services/files/services.hpp"
#include "files/messages.hpp"
#include "files/posix_owners.hpp"
#include "files/pumps.hpp"
#include "files/sources.hpp"

namespace rs::agent {
namespace {

using session::CallPort;

constexpr std::size_t kResumeDigits = 64;

// A Receiver that finds its destination when it starts, on the worker.
class PushSink final : public files::StreamSink {
 public:
  PushSink(Reach reach, files::PushParams params, files::Receiver::Options options, daemon::TransferJournals journals)
      : reach_(std::move(reach)), params_(std::move(params)), options_(std::move(options)), journals_(std::move(journals)) {}

  Result<void> start() override {
    RS_TRY(const auto jail, reach_.jail());
    RS_TRY(auto journal, journals_.open(options_.key, progress_.stop));
    files::DestinationRules rules{.into = *params_.into, .file = *params_.file};
    if (params_.renames) rules.placement = *params_.renames ? files::Placement::renamed : files::Placement::inside;
    if (params_.resume) rules.earlier = journals_.peek(options_.key);
    RS_CHECK(files::find_destination(jail, params_.destination.bytes, rules, options_));
    receiver_.emplace(std::move(options_), std::move(journal), owners_, progress_);
    return receiver_->start();
  }
  Result<void> on_frame(std::uint8_t kind, ByteView bytes) override { return receiver_->on_frame(kind, bytes); }
  Result<void> finish() override { return receiver_->finish(); }
  void abandon() override {
    if (receiver_) receiver_->abandon();
  }
  void cancel() override { progress_.stop = true; }
  std::string take_replies() override { return receiver_ ? receiver_->take_replies() : std::string(); }
  // Once it has finished.
  const files::TransferCounts& counts() const { return receiver_->counts(); }

 private:
  Reach reach_;
  files::PushParams params_;
  files::Receiver::Options options_;
  daemon::TransferJournals journals_;
  files::PosixOwners owners_;
  files::Progress progress_;
  std::optional<files::Receiver> receiver_;
};

class PushCall final : public session::CallHandler {
 public:
  PushCall(const FilesSettings& settings, std::shared_ptr<PushSink> sink, CallPort& port) : sink_(sink), port_(port) {
    auto home = [&reactor = settings.reactor](std::function<void()> task) { reactor.post(std::move(task)); };
    pump_ = std::make_shared<files::ReceivePump>(sink, files::PumpPlaces{settings.workers.strand(), std::move(home), {}},
                                                 [this](Result<void> how) { over(how); });
    pump_->start(port);
  }
  ~PushCall() override { pump_->stop(); }

  void on_data(std::uint8_t kind, session::InData data) override {
    if (kind == files::kPlainStream || kind == files::kZstdStream) pump_->on_data(kind, std::move(data));
    else port_.consumed(data.size());
  }
  void on_end(std::uint8_t kind) override {
    if (kind == files::kPlainStream) pump_->on_end();
  }
  void on_writable() override { pump_->on_writable(); }
  void on_lost(const Error&) override { pump_->stop(); }

 private:
  void over(const Result<void>& how) {
    pump_->stop();
    if (how) port_.result(describe::to_node(sink_->counts()));
    else port_.error(how.error());
  }

  std::shared_ptr<PushSink> sink_;
  CallPort& port_;
  std::shared_ptr<files::ReceivePump> pump_;
};

Result<void> check(const files::PushParams& params) {
  if (!params.resume) return {};
  if (params.resume->size() != kResumeDigits || !from_hex(*params.resume))
    return fail(Errc::invalid, "resume: not " + std::to_string(kResumeDigits) + " hex digits");
  return {};
}

} // namespace

session::Service push_service(std::shared_ptr<const FilesSettings> settings) {
  const auto start = [settings](const session::Caller& caller, const describe::Node& node,
                                CallPort& port) -> Result<std::unique_ptr<session::CallHandler>> {
    RS_TRY(auto params, describe::from_node<files::PushParams>(node, describe::Unknown::ignore));
    RS_CHECK(check(params));
    files::Receiver::Options options;
    options.preserve = *params.preserve;
    options.fsync = *params.fsync;
    options.prefix = std::string(files::kPartialPrefix) + hex(settings->random.array<8>()) + "-";
    // Nobody goes on with what somebody else has sent.
    options.key = caller.user + "\n" + params.resume.value_or(options.prefix) + "\n" + params.destination.bytes;
    options.now = settings->clock.wall();
    options.resumable = params.resume.has_value();
    auto sink = std::make_shared<PushSink>(Reach::of(*settings), std::move(params), std::move(options), settings->journals);
    return std::unique_ptr<session::CallHandler>(std::make_unique<PushCall>(*settings, std::move(sink), port));
  };
  return {files::kPushCall, Permission::files, start, [](const describe::Node& node) {
    const auto params = describe::from_node<files::PushParams>(node, describe::Unknown::ignore);
    return params ? params->destination.bytes : std::string();
  }};
}

} // namespace rs::agent
