#include "net/url.hpp"

#include <gtest/gtest.h>

namespace rs::net {
namespace {

TEST(UrlTest, ReadsHostAndPort) {
  struct Case {
    const char* text;
    const char* authority;
  };
  for (const auto& [text, authority] :
       {Case{"https://relay.example", "relay.example:443"}, Case{"https://relay.example/", "relay.example:443"},
        Case{"https://10.0.0.1:8443", "10.0.0.1:8443"}, Case{"https://[::1]:8443/", "[::1]:8443"},
        Case{"https://[fe80::1]", "[fe80::1]:443"}}) {
    const auto url = parse_url(text);
    ASSERT_TRUE(url) << text;
    EXPECT_EQ(url->authority(), authority);
  }
}

TEST(UrlTest, RefusesEverythingElse) {
  for (const char* text : {"", "relay.example", "http://relay.example", "https://", "https://:443", "https://a:0",
                           "https://a:65536", "https://a:x", "https://a:", "https://a/b", "https://[::1", "https://[x]",
                           "https://[::1]x", "https://a b", "https://a\r\nX: y", "https://user@host"})
    EXPECT_FALSE(parse_url(text)) << text;
}

TEST(UrlTest, ReadsProxiesWithEscapedCredentials) {
  const auto proxy = parse_proxy("http://us%65r:a:b@proxy.example/");
  ASSERT_TRUE(proxy);
  EXPECT_EQ(proxy->host, "proxy.example");
  EXPECT_EQ(proxy->port, 3128);
  EXPECT_EQ(proxy->authorization, "Basic " + base64(as_bytes("user:a:b")));
  for (const char* text : {"", "https://p", "http://", "http://u%4:p@host", "http://p:99999"})
    EXPECT_FALSE(parse_proxy(text)) << text;
}

} // namespace
} // namespace rs::net
