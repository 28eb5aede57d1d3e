#include "agentd/waking_port.hpp"

namespace rs::agent {
namespace {

using session::CallHandler;
using session::CallPort;
using session::OutFrame;

class WakingPort final : public CallPort {
 public:
  WakingPort(CallPort& port, std::function<void()> wake) : port_(port), wake_(std::move(wake)) {}
  std::size_t sendable() const override { return port_.sendable(); }
  void send(std::uint8_t kind, OutFrame frame, std::size_t size) override {
    then_wake([&] { port_.send(kind, std::move(frame), size); });
  }
  void end(std::uint8_t kind) override {
    then_wake([&] { port_.end(kind); });
  }
  void consumed(std::size_t bytes) override {
    then_wake([&] { port_.consumed(bytes); });
  }
  void progress(describe::Node document) override {
    then_wake([&] { port_.progress(std::move(document)); });
  }
  void result(describe::Node document) override {
    then_wake([&] { port_.result(std::move(document)); });
  }
  void error(const Error& error, describe::Node data) override {
    then_wake([&] { port_.error(error, std::move(data)); });
  }

 private:
  // The last word may destroy the handler and this with it.
  template <class Action>
  void then_wake(Action action) {
    const auto wake = wake_;
    action();
    wake();
  }

  CallPort& port_;
  std::function<void()> wake_;
};

class WakingHandler final : public CallHandler {
 public:
  WakingHandler(std::unique_ptr<WakingPort> port, std::unique_ptr<CallHandler> handler)
      : port_(std::move(port)), handler_(std::move(handler)) {}
  void on_data(std::uint8_t kind, session::InData data) override { handler_->on_data(kind, std::move(data)); }
  void on_end(std::uint8_t kind) override { handler_->on_end(kind); }
  void on_writable() override { handler_->on_writable(); }
  void on_lost(const Error& why) override { handler_->on_lost(why); }

 private:
  std::unique_ptr<WakingPort> port_;
  std::unique_ptr<CallHandler> handler_;
};

} // namespace

session::Service waking(session::Service service, std::function<void()> wake) {
  const auto start = std::move(service.start);
  service.start = [start, wake = std::move(wake)](const session::Caller& caller, const describe::Node& params,
                                                  CallPort& port) -> Result<std::unique_ptr<CallHandler>> {
    auto waking_port = std::make_unique<WakingPort>(port, wake);
    RS_TRY(auto handler, start(caller, params, *waking_port));
    return std::unique_ptr<CallHandler>(std::make_unique<WakingHandler>(std::move(waking_port), std::move(handler)));
  };
  return service;
}

} // namespace rs::agent
