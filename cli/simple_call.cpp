#include "cli/simple_call.hpp"

namespace rs::cli {
namespace {

class SimpleCall final : public session::CallObserver {
 public:
  SimpleCall(Context& context, session::CallSpec spec) : call_(context, std::move(spec), *this) {}

  Result<describe::Node> run() {
    auto ran = call_.run();
    if (ran && !failed_) return std::move(result_);
    call_.cancel();
    return failed_ ? *failed_ : ran.error();
  }

 private:
  void on_progress(describe::Node) override {}
  void on_data(std::uint8_t, session::InData data) override {
    if (auto* port = call_.port()) port->consumed(data.size());
  }
  void on_end(std::uint8_t) override {}
  void on_writable() override {}
  void on_result(describe::Node document) override {
    result_ = std::move(document);
    call_.finish();
  }
  void on_error(const Error& error, const describe::Node&) override {
    failed_ = error;
    call_.finish();
  }

  AgentCall call_;
  describe::Node result_;
  std::optional<Error> failed_;
};

} // namespace

Result<describe::Node> call_agent(Context& context, session::CallSpec spec) { return SimpleCall(context, std::move(spec)).run(); }

} // namespace rs::cli
