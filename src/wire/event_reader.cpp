#include "wire/event_reader.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "streamstats/wire/timestamp.hpp"
#include "wire/numbers.hpp"
#include "wire/packed_name.hpp"

namespace streamstats::wire {
namespace {

static_assert(id_bytes_max == 128 && name_bytes_max == 255 && user_agent_bytes_max == 4'096, "said in words below");

constexpr std::string_view rule_present = "must be present";
constexpr std::string_view rule_string = "must be a string";
constexpr std::string_view rule_string_or_integer = "must be a string or a 64-bit integer";
constexpr std::string_view rule_unicode = "must be text in UTF-8, without lone surrogates";
constexpr std::string_view rule_id_length = "must be 1 to 128 bytes long";
constexpr std::string_view rule_name_length = "must be at most 255 bytes long";
constexpr std::string_view rule_agent_length = "must be at most 4096 bytes long";
constexpr std::string_view rule_bytes = "must be an integer from 0 to 9223372036854775807";
constexpr std::string_view rule_number =
    "must be a number of milliseconds since 1970 (below 100000000000: of seconds), from 0 up to the year 9999";
constexpr std::string_view rule_time =
    "must be a number of milliseconds since 1970 (below 100000000000: of seconds) or an ISO 8601 time with a zone, "
    "from 1970 up to the year 9999";

struct kind_name {
    std::size_t size = 0;
    packed_name name;
};
constexpr std::array<kind_name, all_event_kinds.size()> kind_names = [] {
    std::array<kind_name, all_event_kinds.size()> names;
    for (const event_kind kind : all_event_kinds) {
        names[static_cast<std::size_t>(kind)] = {name_of(kind).size(), packed(name_of(kind))};
    }
    return names;
}();

std::optional<event_kind> kind_named(std::string_view name) {
    if (name.size() < packed_bytes_min || name.size() > packed_bytes_max) return std::nullopt;
    const packed_name sent = packed(name);
    for (const event_kind kind : all_event_kinds) {
        const kind_name& known = kind_names[static_cast<std::size_t>(kind)];
        if (known.size == name.size() && known.name == sent) return kind;
    }
    return std::nullopt;
}

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
bool is_letter(char c) {
    return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}

// Reads field after field. Each step is false, with the complaint filled, if the field breaks its rule.
class event_reader {
public:
    event_reader(const event_members& members, agent_cache& agents, batch& into, complaint& why)
        : members_(members), agents_(agents), into_(into), why_(why), out_(into.events.back()) {}

    verdict read() {
        std::string_view name;
        if (!text(field::event, name)) return verdict::rejected;
        if (members_.find(field::event) == nullptr) {
            fail(field::event, rule_present);
            return verdict::rejected;
        }
        const std::optional<event_kind> kind = kind_named(name);
        if (!kind) return verdict::ignored;
        out_.kind = *kind;
        if (!fields()) return verdict::rejected;
        into_.keep_last();
        return verdict::accepted;
    }

private:
    bool fields() {
        return id() && name(field::server, out_.server) && name(field::media, out_.channel) &&
               key_text(field::user_id, name_bytes_max, rule_name_length, out_.user_id) &&
               text(field::ip, name_bytes_max, rule_name_length, out_.ip) && user_agent() && country() && protocol() &&
               bytes() && number_time(field::opened_at, out_.opened_at) &&
               number_time(field::closed_at, out_.closed_at) && number_time(field::updated_at, out_.updated_at) &&
               time() && undamaged();
    }

    bool fail(field f, std::string_view rule) {
        why_ = {name_of(f), rule};
        return false;
    }

    // The text of a string; empty if there is none.
    bool text(field f, std::string_view& value) {
        const json_value* const sent = members_.find(f);
        value = sent == nullptr ? std::string_view{} : sent->text;
        if (sent == nullptr || sent->kind == json_kind::string) return true;
        return fail(f, sent->kind == json_kind::broken_string ? rule_unicode : rule_string);
    }

    bool text(field f, std::size_t bytes_max, std::string_view rule, text_ref& value) {
        std::string_view sent;
        if (!text(f, sent)) return false;
        if (sent.size() > bytes_max) return fail(f, rule);
        value = sent;
        return true;
    }

    // Never empty.
    bool name(field f, text_ref& value) {
        if (!text(f, name_bytes_max, rule_name_length, value)) return false;
        if (value.empty()) value = unknown_value;
        return true;
    }

    // A string, or an integer as its decimal text.
    bool key_text(field f, std::size_t bytes_max, std::string_view length_rule, text_ref& value) {
        const json_value* const sent = members_.find(f);
        if (sent == nullptr || sent->kind == json_kind::string || sent->kind == json_kind::broken_string) {
            return text(f, bytes_max, length_rule, value);
        }
        std::optional<std::string_view> digits;
        if (sent->kind == json_kind::plain_number) digits = sent->text;
        if (sent->kind == json_kind::number) digits = integer_text_from(sent->text);
        if (!digits) return fail(f, rule_string_or_integer);
        value = *digits;
        return true;
    }

    bool id() {
        if (!key_text(field::id, id_bytes_max, rule_id_length, out_.id)) return false;
        if (!out_.id.empty()) return true;
        if (members_.find(field::id) != nullptr) return fail(field::id, rule_id_length);
        return out_.kind == event_kind::server_started || fail(field::id, rule_present);
    }

    bool user_agent() {
        if (!text(field::user_agent, user_agent_bytes_max, rule_agent_length, out_.user_agent)) return false;
        out_.agent_class = agents_.class_of(out_.user_agent);
        return true;
    }

    bool country() {
        std::string_view sent;
        if (!text(field::country, sent)) return false;
        const bool is_country = sent.size() == country_.size() && is_letter(sent[0]) && is_letter(sent[1]);
        out_.country = is_country ? changed(sent, to_upper, country_) : unknown_value;
        return true;
    }

    bool protocol() {
        if (!name(field::proto, out_.protocol)) return false;
        out_.protocol = changed(out_.protocol, to_lower, protocol_);
        return true;
    }

    template <class Change, std::size_t BytesMax>
    static std::string_view changed(std::string_view name, Change change, std::array<char, BytesMax>& into) {
        for (std::size_t i = 0; i < name.size(); ++i) into[i] = change(name[i]);
        return {into.data(), name.size()};
    }

    bool bytes() {
        const json_value* const sent = members_.find(field::bytes);
        if (sent == nullptr) return true;
        if (sent->kind == json_kind::plain_number) out_.bytes = sent->number;
        if (sent->kind == json_kind::number) out_.bytes = byte_count_from(sent->text);
        return out_.bytes.has_value() || fail(field::bytes, rule_bytes);
    }

    bool number_time(field f, compact_optional<instant>& value) {
        const json_value* const sent = members_.find(f);
        if (sent == nullptr) return true;
        if (sent->kind == json_kind::plain_number) value = instant_from_whole(sent->number);
        if (sent->kind == json_kind::number) value = instant_from_number(sent->text);
        return value.has_value() || fail(f, rule_number);
    }

    bool number_or_iso_time(field f, compact_optional<instant>& value) {
        const json_value* const sent = members_.find(f);
        if (sent == nullptr) return true;
        if (sent->kind == json_kind::plain_number) value = instant_from_whole(sent->number);
        if (sent->kind == json_kind::number) value = instant_from_number(sent->text);
        if (sent->kind == json_kind::string) value = instant_from_iso(sent->text);
        return value.has_value() || fail(f, sent->kind == json_kind::broken_string ? rule_unicode : rule_time);
    }

    // `time` must be right also where `utc_ms` takes its place.
    bool time() {
        compact_optional<instant> utc;
        if (!number_or_iso_time(field::utc_ms, utc) || !number_or_iso_time(field::time, out_.time)) return false;
        if (utc) out_.time = *utc;
        return true;
    }

    bool undamaged() { return !members_.damaged() || fail(field::unknown_, rule_unicode); }

    const event_members& members_;
    agent_cache& agents_;
    batch& into_;
    complaint& why_;
    play_event& out_;  // its texts are where they were sent until it is kept; of two there are changed copies:
    std::array<char, 2> country_;
    std::array<char, name_bytes_max> protocol_;
};

}  // namespace

verdict read_event(const event_members& members, agent_cache& agents, batch& into, complaint& why) {
    return event_reader{members, agents, into, why}.read();
}

}  // namespace streamstats::wire
