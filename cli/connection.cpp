#include "cli/connection.hpp"

namespace rs::cli {
namespace {

// Starts something and runs the loop until its answer is there. The answer may still come after an interruption, so
// its place is shared.
template <class T, class Start>
Result<T> await(Loop& loop, Start start) {
  struct Answer {
    bool done = false;
    std::optional<Result<T>> value;
  };
  const auto answer = std::make_shared<Answer>();
  start([answer](Result<T> value) {
    answer->value.emplace(std::move(value));
    answer->done = true;
  });
  RS_CHECK(loop.run_until(answer->done));
  return std::move(*answer->value);
}

} // namespace

Result<Connection> Connection::open(Loop& loop, net::ConnectOptions options) {
  RS_TRY(auto client, await<std::unique_ptr<net::Client>>(
                          loop, [&](auto done) { net::Client::connect(loop.reactor(), std::move(options), std::move(done)); }));
  return Connection(loop, std::move(client));
}

Result<net::HttpResponse> Connection::exchange(net::HttpRequest request) {
  return await<net::HttpResponse>(*loop_, [&](auto done) { client_->request(std::move(request), std::move(done)); });
}

Result<std::unique_ptr<net::Transport>> Connection::upgrade() {
  return await<std::unique_ptr<net::Transport>>(*loop_, [&](auto done) { client_->upgrade(std::move(done)); });
}

} // namespace rs::cli
