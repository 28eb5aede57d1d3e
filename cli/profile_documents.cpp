#include "cli/profile_documents.hpp"

#include "describe/codec_impl.hpp"

RS_CODEC(rs::cli::Config)
RS_CODEC(rs::cli::Device)
RS_CODEC(rs::cli::State)
