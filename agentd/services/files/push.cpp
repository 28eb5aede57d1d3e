#include "agentd/services/files/services.hpp"
#include "daemon/destination_sink.hpp"
#include "files/messages.hpp"
#include "files/pumps.hpp"

namespace rs::agent {
namespace {

using session::CallPort;

constexpr std::size_t kResumeDigits = 64;

// What the worker goes on with when the call has gone.
struct PushWork {
  files::Progress progress;
  daemon::DestinationSink sink;
  explicit PushWork(daemon::DestinationSink::Settings settings) : sink(std::move(settings), progress) {}
};

class PushCall final : public session::CallHandler {
 public:
  PushCall(const FilesSettings& settings, std::shared_ptr<PushWork> work, CallPort& port) : work_(work), port_(port) {
    auto home = [&reactor = settings.reactor](std::function<void()> task) { reactor.post(std::move(task)); };
    std::shared_ptr<files::StreamSink> sink(work, &work->sink);
    pump_ =
        std::make_shared<files::ReceivePump>(std::move(sink), files::PumpPlaces{settings.workers.strand(), std::move(home), {}},
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
    if (how) port_.result(describe::to_node(work_->sink.counts()));
    else port_.error(how.error());
  }

  std::shared_ptr<PushWork> work_;
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
    daemon::DestinationSink::Settings sink{.jail = [reach = Reach::of(*settings)] { return reach.jail(); },
                                           .destination = params.destination.bytes,
                                           .rules = {.into = *params.into, .file = *params.file},
                                           .options = {},
                                           .journals = settings->journals};
    if (params.renames) sink.rules.placement = *params.renames ? files::Placement::renamed : files::Placement::inside;
    auto& options = sink.options;
    options.preserve = *params.preserve;
    options.fsync = *params.fsync;
    options.prefix = std::string(files::kPartialPrefix) + hex(settings->random.array<8>()) + "-";
    // Nobody goes on with what somebody else has sent.
    options.key = caller.user + "\n" + params.resume.value_or(options.prefix) + "\n" + params.destination.bytes;
    options.now = settings->clock.wall();
    options.resumable = params.resume.has_value();
    auto work = std::make_shared<PushWork>(std::move(sink));
    return std::unique_ptr<session::CallHandler>(std::make_unique<PushCall>(*settings, std::move(work), port));
  };
  return {files::kPushCall, Permission::files, start, [](const describe::Node& node) {
    const auto params = describe::from_node<files::PushParams>(node, describe::Unknown::ignore);
    return params ? params->destination.bytes : std::string();
  }};
}

} // namespace rs::agent
