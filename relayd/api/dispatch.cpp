#include "relayd/api/context.hpp"

#include "base/log.hpp"

#include <algorithm>
#include <array>

namespace rs::relay::api {
namespace {

const Logger kLog("api");

unsigned status_of(Errc code) {
  switch (code) {
    case Errc::usage:
    case Errc::invalid: return 400;
    case Errc::sign_in:
    case Errc::second_factor:
    case Errc::expired:
    case Errc::locked:
    case Errc::clock_skew: return 401;
    case Errc::forbidden: return 403;
    case Errc::not_found: return 404;
    case Errc::conflict: return 409;
    case Errc::limit: return 429;
    case Errc::audit_unavailable:
    case Errc::no_space: return 503;
    default: return 500;
  }
}

std::string decode_percent(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' ? from_hex(text.substr(i + 1, 2)) : Result<Bytes>(Bytes());
    if (byte && byte->size() == 1) {
      out += static_cast<char>((*byte)[0]);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> out;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const auto equals = part.find('=');
    out.emplace_back(decode_percent(part.substr(0, equals)),
                     equals == std::string_view::npos ? "" : decode_percent(part.substr(equals + 1)));
  }
  return out;
}

bool row_takes(const Row& row, std::string_view path) {
  if (!row.path.ends_with('/')) return row.path == path;
  return path.size() > row.path.size() && path.starts_with(row.path) && path.find('/', row.path.size()) == std::string_view::npos;
}

} // namespace

const std::string* Request::parameter(std::string_view name) const {
  const auto found = std::find_if(query.begin(), query.end(), [&](const auto& pair) { return pair.first == name; });
  return found == query.end() ? nullptr : &found->second;
}

net::HttpResponse json_response(const describe::Node& body, unsigned status) {
  net::HttpResponse response;
  response.status = status;
  response.body = describe::write_json(body);
  return response;
}

net::HttpResponse error_response(const Error& error) {
  return json_response(describe::error_document(describe::make_report(error)), status_of(error.code));
}

void from_store(Context& context, const Reply& reply, std::function<net::HttpResponse(store::Store&)> make) {
  const auto queued = context.store.submit([reply, make = std::move(make)](store::Store& store) { reply(make(store)); });
  if (!queued) reply(error_response(queued.error()));
}

std::vector<std::span<const Row>> all_rows() {
  return {login_rows(), enrol_rows(), agent_rows(), token_rows(), audit_rows(), server_rows(), openapi_rows()};
}

bool is_staff(const SignedIn& caller) { return caller.claims.role == Role::admin || caller.claims.role == Role::technician; }

void dispatch(Context& context, const net::HttpRequest& http, Reply reply) {
  const std::string_view target = http.target;
  const auto question = target.find('?');
  Request request{http, target.substr(0, question), {}, {}, {}};
  if (question != std::string_view::npos) request.query = parse_query(target.substr(question + 1));
  bool known_path = false;
  for (const auto rows : all_rows()) {
    for (const auto& row : rows) {
      if (!row_takes(row, request.path)) continue;
      known_path = true;
      if (row.method != http.method) continue;
      if (row.sign_in) {
        auto caller = context.auth.check(http, context.clock.wall());
        if (!caller) {
          kLog.warning(
              "request-refused",
              {{"address", http.peer_address}, {"target", std::string(request.path)}, {"reason", caller.error().message}});
          return reply(error_response(caller.error()));
        }
        request.caller = std::move(*caller);
      }
      if (row.path.ends_with('/')) request.tail = decode_percent(request.path.substr(row.path.size()));
      return row.handle(context, std::move(request), std::move(reply));
    }
  }
  if (known_path)
    return reply(json_response(describe::error_document(describe::make_report(
                                   fail(Errc::invalid, "method " + http.method + " is not for " + std::string(request.path)))),
                               405));
  reply(error_response(fail(Errc::not_found, "no such resource: " + std::string(request.path))));
}

} // namespace rs::relay::api
