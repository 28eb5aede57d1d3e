#include "agentd/services/files/entry.hpp"
#include "files/limits.hpp"
#include "files/posix_owners.hpp"
#include "files_fixture.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <future>
#include <sstream>

namespace {

using namespace rs;
using files::FileEntry;
using files::FileType;
using files::RemoveResult;

class FilesList : public test::FilesServiceTest {
 protected:
  static describe::Node path(const std::string& name) { return describe::to_node(files::PathParams{OsString(name)}); }
  Result<std::vector<FileEntry>> list(const std::string& name) {
    const auto result = call<files::ListResult>(files::kListCall, path(name));
    if (!result) return result.error();
    std::vector<FileEntry> entries;
    std::istringstream lines(port->streams[files::kListStream]);
    for (std::string line; std::getline(lines, line);)
      entries.push_back(describe::from_json<FileEntry>(line, describe::Unknown::refuse).value());
    EXPECT_EQ(result->entries, entries.size());
    EXPECT_TRUE(port->ended.contains(files::kListStream));
    std::ranges::sort(entries, {}, [](const FileEntry& entry) { return entry.name.bytes; });
    return entries;
  }
  Result<RemoveResult> remove(std::vector<OsString> paths, bool recursive = false, bool force = false) {
    files::RemoveParams params;
    params.paths = std::move(paths);
    params.recursive = recursive;
    params.force = force;
    return call<RemoveResult>(files::kRemoveCall, describe::to_node(params));
  }
};

TEST_F(FilesList, ShowsEachEntryAsItIs) {
  put("file", "12345");
  ::chmod((home + "/file").c_str(), 04711);
  std::filesystem::create_symlink("nowhere", home + "/link");
  ::mkfifo((home + "/pipe").c_str(), 0600);
  const auto entries = list(".");
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 4u); // and state/
  EXPECT_EQ((*entries)[0].name.bytes, "file");
  EXPECT_EQ((*entries)[0].size, 5u);
  EXPECT_EQ((*entries)[0].mode, "4711");
  EXPECT_EQ((*entries)[1].target->bytes, "nowhere");
  EXPECT_EQ((*entries)[2].type, FileType::fifo);
  EXPECT_EQ((*entries)[3].type, FileType::directory);
}

TEST_F(FilesList, BelowAFileThereIsNothing) {
  put("file", "1");
  for (const char* name : {"file/x", "file/x/y", "file/"}) {
    EXPECT_EQ(list(name).error().code, Errc::not_found) << name;
    EXPECT_EQ(call<FileEntry>(files::kStatCall, path(name)).error().code, Errc::not_found) << name;
  }
}

TEST_F(FilesList, OfAFileOrALinkToOneIsItself) {
  put("file", "1");
  std::filesystem::create_symlink("file", home + "/link");
  EXPECT_EQ(list("file").value().at(0).name.bytes, std::filesystem::canonical(home).string() + "/file");
  EXPECT_EQ(list("link").value().at(0).type, FileType::symlink);
  EXPECT_EQ(list("none").error().code, Errc::not_found);
  EXPECT_EQ(list("state").error().code, Errc::forbidden);
}

TEST_F(FilesList, ALongOneGoesOutAsThereIsCredit) {
  std::filesystem::create_directory(home + "/many");
  for (int i = 0; i < 1500; ++i) put("many/" + std::to_string(i), "");
  ASSERT_FALSE(start(files::kListCall, path("many")));
  port->credit = 0;
  port->largest_frame = 1000;
  for (std::size_t sent = 0; !port->done && !late;) {
    turn();
    if (!handler) break;
    sent = port->streams[files::kListStream].size();
    port->credit = 50'000;
    handler->on_writable();
    if (!port->done) EXPECT_LE(port->streams[files::kListStream].size(), sent + 50'000);
  }
  ASSERT_TRUE(port->answer);
  EXPECT_EQ(std::ranges::count(port->streams[files::kListStream], '\n'), 1500);
}

TEST_F(FilesList, ALostOneTouchesItsPortNoMore) {
  ASSERT_FALSE(start(files::kListCall, path(".")));
  handler->on_lost(fail(Errc::connection_lost, "gone"));
  handler.reset();
  port.reset();
  EXPECT_TRUE(list("."));
}

TEST_F(FilesList, StatSaysMoreOfOneEntry) {
  put("file", "1");
  std::filesystem::create_hard_link(home + "/file", home + "/same");
  std::filesystem::create_symlink("file", home + "/link");
  const auto file = call<FileEntry>(files::kStatCall, path("file")).value();
  EXPECT_EQ(file.links, 2u);
  EXPECT_TRUE(file.inode);
  EXPECT_EQ(call<FileEntry>(files::kStatCall, path("link"))->target->bytes, "file");
  EXPECT_EQ(call<FileEntry>(files::kStatCall, path("/"))->type, FileType::directory);
  EXPECT_EQ(call<FileEntry>(files::kStatCall, path("none")).error().code, Errc::not_found);
  EXPECT_EQ(call<FileEntry>(files::kStatCall, path("")).error().code, Errc::invalid);
}

TEST_F(FilesList, RemoveNamesWhatDoesNotGoAndGoesOn) {
  put("a", "");
  put("b", "");
  std::filesystem::create_directories(home + "/d/inner");
  const auto result = remove({"a", "none", "d", "b", "."}).value();
  EXPECT_EQ(result.removed, 2u);
  EXPECT_EQ(result.failed, 3u);
  ASSERT_EQ(result.failures.size(), 3u);
  const Errc codes[] = {Errc::not_found, Errc::invalid, Errc::invalid};
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(result.failures[i].code, codes[i]) << result.failures[i].path.bytes;
  EXPECT_FALSE(exists("a") || exists("b"));
  EXPECT_TRUE(exists("d/inner"));
}

TEST_F(FilesList, RemoveRecursesButThroughNoLink) {
  std::filesystem::create_directories(home + "/d/inner");
  std::filesystem::create_directories(home + "/outside");
  put("d/inner/f", "");
  put("outside/f", "");
  std::filesystem::create_directory_symlink("../outside", home + "/d/link");
  EXPECT_EQ(remove({"d/."}, true)->failures.at(0).code, Errc::invalid) << "no entry of a directory";
  EXPECT_EQ(remove({"d/"}, true)->removed, 4u);
  EXPECT_FALSE(exists("d"));
  EXPECT_TRUE(exists("outside/f"));
  EXPECT_EQ(remove({"d", "none/x"}, true, true)->failed, 0u) << "forced";
}

TEST_F(FilesList, RemoveTakesNoLinkThatIsWrittenAsADirectory) {
  std::filesystem::create_directories(home + "/d");
  put("d/f", "");
  put("f", "");
  std::filesystem::create_directory_symlink("d", home + "/link");
  for (const bool recursive : {false, true}) {
    const auto result = remove({"link/", "f/"}, recursive).value();
    ASSERT_EQ(result.failures.size(), 2u);
    for (const auto& failure : result.failures) EXPECT_EQ(failure.code, Errc::conflict) << failure.path.bytes;
  }
  EXPECT_TRUE(exists("link") && exists("d/f") && exists("f"));
  EXPECT_EQ(remove({"none/"}, true, true)->failed, 0u) << "forced";
}

TEST_F(FilesList, RemoveNeverTakesTheAgentsState) {
  put("state/key", "secret");
  put("f", "");
  EXPECT_EQ(remove({"state/key"}, true, true)->failures.at(0).code, Errc::forbidden);
  EXPECT_EQ(remove({"state"}, true, true)->failures.at(0).code, Errc::forbidden);
  EXPECT_GE(remove({home}, true)->failed, 1u);
  EXPECT_TRUE(exists("state/key"));
  EXPECT_FALSE(exists("f")) << "what is not the agent's goes";
}

TEST_F(FilesList, RemoveStopsOnceNobodyWaits) {
  files::RemoveParams params;
  params.paths.assign(files::kMaxSources + 1, "x");
  EXPECT_EQ(start(files::kRemoveCall, describe::to_node(params))->code, Errc::limit);
  put("f", "");
  params.paths = {"f"};
  std::promise<void> gate;
  workers.strand()([&] { gate.get_future().wait(); });
  std::promise<void> gate2;
  workers.strand()([&] { gate2.get_future().wait(); }); // both workers are busy
  ASSERT_FALSE(start(files::kRemoveCall, describe::to_node(params)));
  handler->on_lost(fail(Errc::connection_lost, "gone"));
  handler.reset();
  gate.set_value();
  gate2.set_value();
  ASSERT_TRUE(list("."));
  EXPECT_TRUE(exists("f"));
}

TEST(FileEntryText, TimesBeyondTheCalendarAreItsEnds) {
  files::PosixOwners owners;
  files::FileStat stat;
  stat.uid = 4'000'000'000u;
  for (const auto seconds : {INT64_MIN, std::int64_t(-1), std::int64_t(0), INT64_MAX}) {
    stat.modified = {seconds, 999'999'999};
    const auto text = describe::to_json(agent::file_entry("f", stat, owners));
    EXPECT_TRUE(describe::from_json<FileEntry>(text, describe::Unknown::refuse)) << text;
  }
  stat.modified = {-1, 500'000'000};
  EXPECT_NE(describe::to_json(agent::file_entry("f", stat, owners)).find("1969-12-31T23:59:59.5"), std::string::npos);
  EXPECT_EQ(agent::file_entry("f", stat, owners).owner, "4000000000");
}

} // namespace
