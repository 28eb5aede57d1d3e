#include "files_lab.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

namespace rs::test {
namespace {

class ProgramsFiles : public FilesLab {
 protected:
  // A tree with all that a copy keeps: modes, times, links, an empty directory, a hole.
  void make_tree(const std::string& name) const {
    put(name + "/readme", "hello\n");
    put(name + "/inner/script", "#!/bin/sh\n");
    ::chmod(in_room(name + "/inner/script").c_str(), 0750);
    std::filesystem::create_directories(in_room(name + "/empty"));
    std::filesystem::create_symlink("../readme", in_room(name + "/inner/link"));
    std::filesystem::create_symlink(".", in_room(name + "/inner/loop"));
    std::filesystem::create_hard_link(in_room(name + "/readme"), in_room(name + "/same"));
    put(name + "/sparse", "");
    ::truncate(in_room(name + "/sparse").c_str(), 8 << 20);
    const timespec times[2] = {{1'000'000'000, 1}, {1'234'567'890, 123'456'789}};
    for (const auto* entry : {"/inner/script", "/inner/link", "/inner", "/empty", "/sparse", ""})
      ::utimensat(AT_FDCWD, in_room(name + entry).c_str(), times, AT_SYMLINK_NOFOLLOW);
  }
  void make_specials(const std::string& name) const {
    std::filesystem::create_directories(in_room(name));
    put(name + "/plain", "plain");
    ::mkfifo(in_room(name + "/pipe").c_str(), 0600);
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    in_room(name + "/socket").copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(listener);
  }
};

TEST_F(ProgramsFiles, PushGoesWhereACopyWouldGo) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put("one", "1");
  put("two", "2");
  std::filesystem::create_directories(in_room("there"));
  good({"push", in_room("one"), remote("there")});
  EXPECT_EQ(got("there/one"), "1");
  good({"push", in_room("one"), remote("there/new")});
  EXPECT_EQ(got("there/new"), "1");
  good({"push", in_room("one"), remote("made/")});
  EXPECT_EQ(got("made/one"), "1");
  good({"push", in_room("one"), in_room("two"), remote("both")});
  EXPECT_EQ(got("both/one") + got("both/two"), "12");
  good({"push", in_room("two"), remote("there/one")});
  EXPECT_EQ(got("there/one"), "2");
  refused({"push", in_room("one"), remote("missing/parent/one")}, 6, "not-found");
  refused({"push", in_room("none"), remote("there")}, 6, "not-found");
  EXPECT_FALSE(exists("missing"));
  expect_no_litter();
}

TEST_F(ProgramsFiles, TreesArriveAsTheyAreInBothDirections) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  make_tree("source");
  std::filesystem::create_directories(in_room("there"));
  good({"push", "-r", in_room("source"), remote("as")});
  good({"push", "-r", in_room("source"), remote("there")});
  good({"push", "-r", in_room("source/."), remote("inside/")});
  good({"pull", "-r", remote("source"), in_room("pulled")});
  good({"pull", "-r", remote("source"), in_room("there/")});
  for (const auto* copy : {"as", "there/source", "inside", "pulled"}) EXPECT_EQ(tree(copy), tree("source")) << copy;
  EXPECT_EQ(status("as/sparse").st_blocks, 0);
  put("source/readme", "changed\n");
  good({"pull", "-r", remote("source"), in_room("there")});
  EXPECT_EQ(tree("there/source"), tree("source"));
  for (const auto* verb : {"push", "pull"}) {
    const bool push = std::string(verb) == "push";
    const auto from = push ? in_room("source") : remote("source");
    refused({verb, from, push ? remote("flat") : in_room("flat")}, 2, "invalid");
  }
  EXPECT_FALSE(exists("flat"));
  expect_no_litter();
}

TEST_F(ProgramsFiles, PullGoesWhereACopyWouldGo) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put("one", "1");
  put("two", "2");
  std::filesystem::create_directories(in_room("here"));
  good({"pull", remote("one"), in_room("here")});
  EXPECT_EQ(got("here/one"), "1");
  good({"pull", remote("one"), in_room("here/new")});
  EXPECT_EQ(got("here/new"), "1");
  good({"pull", remote("one"), remote("two"), in_room("both")});
  EXPECT_EQ(got("both/one") + got("both/two"), "12");
  good({"pull", remote("two"), in_room("here/one")});
  EXPECT_EQ(got("here/one"), "2");
  refused({"pull", remote("none"), in_room("here")}, 6, "not-found");
  refused({"pull", remote("one"), in_room("missing/parent/one")}, 6, "not-found");
  // What is there comes, although one source is missing.
  const auto partly = refused({"pull", remote("none"), remote("two"), in_room("here")}, 6, "not-found");
  EXPECT_NE(partly.err.find("none"), std::string::npos) << partly.err;
  EXPECT_EQ(got("here/two"), "2");
}

TEST_F(ProgramsFiles, ARelativePathIsBelowTheAgentsHome) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  const auto home = rsctl({"exec", "box", "--", "sh", "-c", "printf %s \"$HOME\""}).out;
  const auto name = "rs-files-test-" + std::to_string(::getpid());
  put("one", "relative\n");
  good({"push", in_room("one"), "box:" + name});
  EXPECT_EQ(contents(home + "/" + name), "relative\n");
  EXPECT_EQ(good({"cat", "box:" + name}).out, "relative\n");
  good({"rm", "box:" + name});
  EXPECT_FALSE(std::filesystem::exists(home + "/" + name));
}

TEST_F(ProgramsFiles, PipesCarryAnyBytes) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  std::string bytes(3 << 20, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * i >> 7);
  good({"push", "-", remote("from-stdin")}, bytes);
  EXPECT_TRUE(got("from-stdin") == bytes);
  EXPECT_TRUE(good({"pull", remote("from-stdin"), "-"}).out == bytes);
  EXPECT_TRUE(good({"pull", "--compress", "zstd", "--verify", remote("from-stdin"), "-"}).out == bytes);
  good({"push", "-", remote("from-stdin")});
  EXPECT_EQ(got("from-stdin"), "");
  put("a", "first\n");
  put("b", "second\n");
  EXPECT_EQ(good({"cat", remote("a"), remote("b"), remote("a")}).out, "first\nsecond\nfirst\n");
  EXPECT_NE(good({"cat", "box:/proc/cpuinfo"}).out.find("processor"), std::string::npos); // its size is 0
  const auto half = rsctl({"cat", remote("a"), remote("none")});
  EXPECT_EQ(half.exit_code, 6);
  EXPECT_EQ(half.out, "first\n");
  refused({"cat", remote("")}, 2, "invalid");
  refused({"push", "-", "box:" + room}, 7, "conflict", "x");
  expect_no_litter();
}

TEST_F(ProgramsFiles, LsShowsFilesDirectoriesAndLinks) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  make_tree("source");
  const auto list = good({"ls", remote("source"), "-o", "name"});
  EXPECT_EQ(list.out, "empty\ninner\nreadme\nsame\nsparse\n");
  const auto json = good({"ls", remote("source/inner"), "-o", "json"}).out;
  EXPECT_EQ(field(json, "schema"), "rsctl.files.v1");
  for (const auto* part : {"\"target\": \"../readme\"", "\"type\": \"symlink\"", "\"mode\": \"0750\"", "\"size\": 10",
                           "\"modified\": \"2009-02-13T23:31:30.123Z\""})
    EXPECT_NE(json.find(part), std::string::npos) << part << "\n" << json;
  const auto file = good({"ls", remote("source/readme"), "-o", "ndjson"}).out;
  EXPECT_EQ(field(file, "name"), in_room("source/readme")) << file;
  EXPECT_EQ(count(file, "\n"), 1u);
  EXPECT_EQ(good({"ls", remote("source/empty"), "-o", "name"}).out, "");
  refused({"ls", remote("source/none")}, 6, "not-found");
  const auto link = good({"stat", remote("source/inner/link"), "-o", "json"}).out;
  EXPECT_EQ(field(link, "type"), "symlink");
  EXPECT_EQ(field(link, "target"), "../readme");
  EXPECT_EQ(field(good({"stat", remote("source/readme"), "-o", "json"}).out, "links"), "2");
  refused({"stat", remote("source/none")}, 6, "not-found");
}

TEST_F(ProgramsFiles, RmTakesDirectoriesOnlyWhenAsked) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  make_tree("tree");
  make_tree("outside");
  std::filesystem::create_directory_symlink("../outside", in_room("tree/out"));
  refused({"rm", remote("tree")}, 2, "invalid");
  good({"rm", remote("tree/readme"), remote("tree/inner/link")});
  EXPECT_FALSE(exists("tree/readme") || exists("tree/inner/link"));
  const auto before = tree("outside");
  const auto removed = good({"rm", "-r", remote("tree"), "-o", "json"}).out;
  EXPECT_EQ(field(removed, "schema"), "rsctl.rm.v1");
  EXPECT_EQ(number(removed, "removed"), 8u) << removed;
  EXPECT_FALSE(exists("tree"));
  EXPECT_EQ(tree("outside"), before);
  refused({"rm", remote("tree")}, 6, "not-found");
  good({"rm", "-f", remote("tree")});
  refused({"rm", "-r", remote("outside/.")}, 2, "invalid"); // no entry of a directory
  EXPECT_EQ(tree("outside"), before);
}

TEST_F(ProgramsFiles, SpecialFilesAreRefusedAtOnceAndSkippedInATree) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  make_specials("special");
  for (const auto* name : {"special/pipe", "special/socket"}) {
    refused({"push", in_room(name), remote("to")}, 9, "unsupported");
    refused({"pull", remote(name), in_room("to")}, 9, "unsupported");
    refused({"cat", remote(name)}, 9, "unsupported");
  }
  refused({"cat", "box:/dev/null"}, 9, "unsupported");
  EXPECT_FALSE(exists("to"));
  for (const auto& line : {std::vector<std::string>{"push", "-r", in_room("special"), remote("pushed")},
                           std::vector<std::string>{"pull", "-r", remote("special"), in_room("pulled")}}) {
    auto json = line;
    json.insert(json.end(), {"-o", "json"});
    const auto done = good(json);
    EXPECT_EQ(number(done.out, "skipped"), 2u) << done.out;
    EXPECT_EQ(number(done.out, "files"), 1u) << done.out;
  }
  EXPECT_EQ(got("pushed/plain") + got("pulled/plain"), "plainplain");
  EXPECT_EQ(good({"ls", remote("special"), "-o", "name"}).out, "pipe\nplain\nsocket\n");
  good({"rm", "-r", remote("special")}); // as what they are, without opening them
}

TEST_F(ProgramsFiles, NamesAreBytes) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  const std::string names[] = {"new\nline", "quo'te\"s", "back\\slash", "bad\xff\xfe",        "\x1b[31mred",
                               "-r",        "a:b",       " ",           std::string(255, 'n')};
  for (const auto& name : names) put("odd/" + name, name);
  good({"push", "-r", in_room("odd"), remote("pushed")});
  good({"pull", "-r", remote("odd"), in_room("pulled")});
  EXPECT_EQ(tree("pushed"), tree("odd"));
  EXPECT_EQ(tree("pulled"), tree("odd"));
  const auto table = good({"ls", remote("odd")}).out;
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
  EXPECT_EQ(count(table, "\n"), std::size(names) + 1) << table;
  const auto json = good({"ls", remote("odd"), "-o", "ndjson"}).out;
  EXPECT_NE(json.find("\"name\":\"new\\nline\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"name\":{\"base64\":\"YmFk//4=\"}"), std::string::npos) << json;
  for (const auto& name : names) EXPECT_EQ(good({"cat", remote("odd/" + name)}).out, name);
  refused({"push", in_room("odd/a:b"), remote(std::string(256, 'n'))}, 2, "invalid");
}

TEST_F(ProgramsFiles, PreserveKeepsOwnersAndAttributes) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  if (::geteuid() != 0) GTEST_SKIP() << "owners are root's to give";
  std::filesystem::create_directories(path("source"));
  write("source/file", "x");
  ASSERT_EQ(::chown(path("source/file").c_str(), 12345, 12346), 0);
  ::chmod(path("source/file").c_str(), 04755);
  // An ACL as the kernel has it: version 2; user::rwx user:12345:r-- group::r-x mask::r-x other::r-x
  const std::string acl(
      "\2\0\0\0\1\0\7\0\xff\xff\xff\xff\2\0\4\0\x39\x30\0\0\4\0\5\0\xff\xff\xff\xff\x10\0\5\0\xff\xff\xff\xff"
      "\x20\0\5\0\xff\xff\xff\xff",
      44);
  const std::pair<const char*, std::string> attributes[] = {{"user.colour", "blue"}, {"system.posix_acl_access", acl}};
  for (const auto& [name, value] : attributes) {
    if (::setxattr(path("source/file").c_str(), name, value.data(), value.size(), 0) != 0)
      GTEST_SKIP() << "no " << name << " on this disk";
  }
  good({"push", "-r", "--preserve", path("source"), "box:" + path("pushed")});
  good({"pull", "-r", "--preserve", "box:" + path("source"), path("pulled")});
  for (const auto* copy : {"pushed/file", "pulled/file"}) {
    struct stat s{};
    ASSERT_EQ(::stat(path(copy).c_str(), &s), 0);
    EXPECT_EQ(s.st_uid, 12345u);
    EXPECT_EQ(s.st_gid, 12346u);
    EXPECT_EQ(s.st_mode & 07777, 04755u);
    for (const auto& [name, value] : attributes) {
      char room[256];
      const auto size = ::getxattr(path(copy).c_str(), name, room, sizeof room);
      EXPECT_EQ(std::string(room, static_cast<std::size_t>(std::max<ssize_t>(size, 0))), value) << copy << " " << name;
    }
  }
  good({"push", path("source/file"), "box:" + path("plain")}); // without it nobody gets somebody else's set-user-id file
  struct stat s{};
  ASSERT_EQ(::stat(path("plain").c_str(), &s), 0);
  EXPECT_EQ(s.st_uid, ::geteuid());
  EXPECT_EQ(s.st_mode & 07777, 0755u);
}

TEST_F(ProgramsFiles, OptionsOfATransferDoWhatTheySay) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "line " + std::to_string(i % 100) + "\n";
  put("text", text);
  for (const auto* more : {"--verify", "--fsync", "--no-resume", "--compress=zstd", "--compress=never", "--compress=auto"}) {
    good({"push", more, in_room("text"), remote("pushed")});
    good({"pull", more, remote("text"), in_room("pulled")});
    EXPECT_TRUE(got("pushed") == text && got("pulled") == text) << more;
    good({"rm", remote("pushed"), remote("pulled")});
  }
  for (const auto& line :
       {std::vector<std::string>{"push", in_room("text"), remote("dry")},
        std::vector<std::string>{"pull", remote("text"), in_room("dry")}, std::vector<std::string>{"rm", remote("text")}}) {
    auto dry = line;
    dry.push_back("--dry-run");
    EXPECT_NE(good(dry).err.find("would " + std::string(line[0] == "rm" ? "remove" : line[0])), std::string::npos);
  }
  EXPECT_FALSE(exists("dry"));
  EXPECT_TRUE(exists("text"));
  const auto quiet = good({"push", "-q", in_room("text"), remote("pushed")});
  EXPECT_EQ(quiet.out + quiet.err, "");
  refused({"push", "--compress", "lots", in_room("text"), remote("x")}, 2, "usage");
  expect_no_litter();
}

TEST_F(ProgramsFiles, ProgramsReadProgressAndASummary) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put("one", "12345");
  const auto json = good({"push", in_room("one"), remote("two"), "-o", "json"}).out;
  EXPECT_EQ(field(json, "schema"), "rsctl.push.v1");
  EXPECT_EQ(number(json, "files"), 1u);
  EXPECT_EQ(number(json, "bytes"), 5u);
  EXPECT_EQ(number(json, "attempts"), 1u);
  EXPECT_EQ(json.find("\"record\""), std::string::npos);
  // The stream does not end, so the transfer lasts until records have come.
  ::mkfifo(path("stdin").c_str(), 0600);
  const int feed = ::open(path("stdin").c_str(), O_RDWR);
  Child call({kBin + "rsctl", "-o", "ndjson", "push", "-", remote("piped")}, environment(), path("out"), path("err"),
             path("stdin"));
  EXPECT_EQ(::write(feed, "abc", 3), 3);
  EXPECT_TRUE(eventually([&] { return count(contents(path("out")), "rsctl.progress.v1") >= 2; }));
  call.signal(SIGINT);
  EXPECT_EQ(call.wait(), 130) << contents(path("err"));
  ::close(feed);
  EXPECT_NE(contents(path("out")).find("\"bytes\":3"), std::string::npos) << contents(path("out"));
  EXPECT_FALSE(exists("piped"));
  const auto summary = good({"pull", remote("one"), in_room("three"), "-o", "ndjson"}).out;
  EXPECT_TRUE(summary.starts_with("{\"schema\":\"rsctl.pull.v1\",\"record\":\"summary\"")) << summary;
  EXPECT_TRUE(eventually([&] { return partials().empty(); }));
}

TEST_F(ProgramsFiles, ATransferEndsAtItsTimeout) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  ::mkfifo(path("stdin").c_str(), 0600); // nobody writes
  Child call({kBin + "rsctl", "push", "-", remote("piped"), "--timeout", "1s"}, environment(), path("out"), path("err"),
             path("stdin"));
  EXPECT_EQ(call.wait(), 8) << contents(path("err"));
  EXPECT_FALSE(exists("piped"));
  EXPECT_TRUE(eventually([&] { return partials().empty(); }));
}

TEST_F(ProgramsFiles, WrongWordsAreUsage) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put("one", "1");
  const std::vector<std::string> lines[] = {
      {"push", in_room("one")},
      {"push", in_room("one"), in_room("two")},
      {"push", in_room("one"), "box:"},
      {"push", "-", "-", remote("two")},
      {"push", "-", in_room("one"), remote("two")},
      {"push", "-", remote("two/")},
      {"pull", remote("one")},
      {"pull", in_room("one"), in_room("two")},
      {"pull", remote("one"), "crate:/x", in_room("two")},
      {"pull", remote("one"), remote("two")},
      {"pull", remote("one"), remote("one"), "-"},
      {"ls", in_room("one")},
      {"ls", remote("one"), remote("one")},
      {"cat", in_room("one")},
      {"stat", "box"},
      {"rm", "box:"},
      {"rm", remote("one"), "crate:" + in_room("one")},
      {"rm", "--colour", remote("one")},
  };
  for (const auto& line : lines) EXPECT_EQ(refused(line, 2, "usage").out, "");
  EXPECT_TRUE(exists("one"));
  EXPECT_FALSE(exists("two"));
}

TEST_F(ProgramsFiles, AgentsThatCannotAnswerHaveTheirExitCodes) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  ASSERT_NO_FATAL_FAILURE(enroll("away"));
  put("one", "1");
  const auto lines_of = [this](const std::string& agent) {
    return std::vector<std::vector<std::string>>{{"push", in_room("one"), agent + ":" + in_room("two")},
                                                 {"pull", agent + ":" + in_room("one"), in_room("two")},
                                                 {"ls", agent + ":" + room},
                                                 {"cat", agent + ":" + in_room("one")},
                                                 {"stat", agent + ":" + room},
                                                 {"rm", agent + ":" + in_room("one")}};
  };
  for (const auto& line : lines_of("nobody")) refused(line, 6, "not-found");
  for (const auto& line : lines_of("away")) refused(line, 33, "agent-offline");
  ASSERT_NO_FATAL_FAILURE(set_policy("allow: [exec]\n"));
  for (const auto& line : lines_of("box")) refused(line, 5, "forbidden");
  relay_->signal(SIGTERM);
  EXPECT_EQ(relay_->wait(), 0);
  for (const auto& line : lines_of("box")) refused(line, 30, "relay-unreachable");
  EXPECT_TRUE(exists("one"));
  EXPECT_FALSE(exists("two"));
}

TEST_F(ProgramsFiles, TheAgentRecordsEveryCallWithItsPath) {
  ASSERT_NO_FATAL_FAILURE(start_all());
  put("one", "1");
  good({"push", in_room("one"), remote("pushed")});
  good({"pull", remote("one"), in_room("pulled")});
  good({"ls", remote("one")});
  good({"cat", remote("one")});
  good({"stat", remote("pulled")});
  good({"rm", remote("pushed"), remote("pulled")});
  const auto audit = contents(path("box/audit.jsonl"));
  const std::pair<std::string, std::string> records[] = {{"files.push", in_room("pushed")},
                                                         {"files.pull", in_room("one")},
                                                         {"files.list", in_room("one")},
                                                         {"files.stat", in_room("pulled")},
                                                         {"files.remove", in_room("pushed") + ", " + in_room("pulled")}};
  for (const auto& [action, subject] : records) {
    EXPECT_EQ(count(audit, "\"action\":\"" + action + "\""), action == "files.pull" ? 2u : 1u) << audit;
    EXPECT_NE(audit.find("\"subject\":\"" + subject + "\""), std::string::npos) << subject << "\n" << audit;
  }
}

} // namespace
} // namespace rs::test
