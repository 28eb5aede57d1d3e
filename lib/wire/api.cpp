#include "wire/api.hpp"

#include "describe/codec_impl.hpp"

RS_CODEC(rs::wire::api::RelayInfo)
RS_CODEC(rs::wire::api::LoginRequest)
RS_CODEC(rs::wire::api::LoginReply)
RS_CODEC(rs::wire::api::RenewRequest)
RS_CODEC(rs::wire::api::EnrolRequest)
RS_CODEC(rs::wire::api::EnrolReply)
RS_CODEC(rs::wire::api::AgentItem)
RS_CODEC(rs::wire::api::AgentEntry)
RS_CODEC(rs::wire::api::AgentList)
RS_CODEC(rs::wire::api::TokenRequest)
RS_CODEC(rs::wire::api::TokenItem)
RS_CODEC(rs::wire::api::TokenList)
RS_CODEC(rs::wire::api::OrgInfo)
RS_CODEC(rs::wire::api::ServerStatus)
