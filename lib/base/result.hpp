#pragma once

#include "base/errc.hpp"

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace rs {

struct Error {
  Errc code = Errc::internal;
  std::string message; // what is wrong and where; no trailing full stop

  friend bool operator==(const Error&, const Error&) = default;
};

// Thrown only where a Result is unwrapped without a look at it, and by coroutines that unwind to their root.
struct ErrorException : std::runtime_error {
  explicit ErrorException(Error e) : std::runtime_error(std::string(name(e.code)) + ": " + e.message), error(std::move(e)) {}
  Error error;
};

// Found by boost::system::result when value() is called on an error.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw ErrorException(error);
}

template <class T>
using Result = boost::system::result<T, Error>;

inline Error fail(Errc code, std::string message) { return Error{code, std::move(message)}; }

// The same error, with `where` in front of its message.
inline Error within(std::string_view where, Error error) {
  error.message.insert(0, std::string(where) + ": ");
  return error;
}

} // namespace rs

#define RS_JOIN_(a, b) a##b
#define RS_JOIN(a, b) RS_JOIN_(a, b)
// RS_TRY(auto x, expression): x becomes the value, or the enclosing function returns the error.
#define RS_TRY(declaration, expression)                                       \
  auto RS_JOIN(result_, __LINE__) = (expression);                             \
  if (!RS_JOIN(result_, __LINE__)) return RS_JOIN(result_, __LINE__).error(); \
  declaration = std::move(*RS_JOIN(result_, __LINE__))
// RS_CHECK(expression): returns the error of a Result<void>, or goes on.
#define RS_CHECK(expression) \
  if (auto RS_JOIN(checked_, __LINE__) = (expression); !RS_JOIN(checked_, __LINE__)) return RS_JOIN(checked_, __LINE__).error()
