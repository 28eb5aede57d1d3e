#include "cli/commands/documents.hpp"

#include "cli/settings.hpp"
#include "describe/codec_impl.hpp"

RS_CODEC(rs::cli::Who)
RS_CODEC(rs::cli::AuthStatus)
RS_CODEC(rs::cli::NewToken)
RS_CODEC(rs::cli::ExecReport)
RS_CODEC(rs::cli::OrgFingerprint)
RS_CODEC(rs::cli::OrgReport)
RS_CODEC(rs::cli::AuditPage)
RS_CODEC(rs::cli::AuditReport)
RS_CODEC(rs::cli::Setting)
