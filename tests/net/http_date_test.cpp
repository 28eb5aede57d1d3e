#include "net/http_date.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rs;

TEST(HttpDate, IsWrittenAndReadInItsOneForm) {
  const std::pair<const char*, const char*> cases[] = {{"2026-11-24T08:30:00Z", "Tue, 24 Nov 2026 08:30:00 GMT"},
                                                       {"2024-02-29T23:59:59Z", "Thu, 29 Feb 2024 23:59:59 GMT"},
                                                       {"1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"}};
  for (const auto& [time, text] : cases) {
    EXPECT_EQ(net::http_date(from_rfc3339(time).value()), text);
    EXPECT_EQ(net::parse_http_date(text).value(), from_rfc3339(time).value()) << text;
  }
  EXPECT_EQ(net::http_date(from_rfc3339("2026-11-24T08:30:00.999Z").value()), "Tue, 24 Nov 2026 08:30:00 GMT");
}

TEST(HttpDate, InAnotherFormIsInvalid) {
  for (const char* wrong : {"", "Tue, 24 Nov 2026 08:30:00 CET", "Tue, 24 Xyz 2026 08:30:00 GMT", "Tue, 31 Feb 2026 08:30:00 GMT",
                            "Tuesday, 24-Nov-26 08:30:00 GMT"})
    EXPECT_EQ(net::parse_http_date(wrong).error().code, Errc::invalid) << wrong;
}

} // namespace
