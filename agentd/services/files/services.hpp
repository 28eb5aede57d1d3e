#pragma once

#include "agentd/services/files/reach.hpp"
#include "session/service.hpp"

#include <memory>
#include <vector>

namespace rs::agent {

// The rows of "files.*"; all ask for the permission `files`.
std::vector<session::Service> files_services(std::shared_ptr<const FilesSettings> settings);

// For the audit: "/a, /b".
std::string subject_of(const std::vector<OsString>& paths);

session::Service push_service(std::shared_ptr<const FilesSettings> settings);
session::Service pull_service(std::shared_ptr<const FilesSettings> settings);
session::Service list_service(std::shared_ptr<const FilesSettings> settings);
session::Service stat_service(std::shared_ptr<const FilesSettings> settings);
session::Service remove_service(std::shared_ptr<const FilesSettings> settings);

} // namespace rs::agent
