#include "http/web_files.hpp"

#include <algorithm>
#include <string>

#include "http/characters.hpp"
#include "http/inflate.hpp"
#include "http/webhook.hpp"

namespace streamstats::http {
namespace {

// Scripts, styles, pictures and numbers from here and from nowhere else, and nothing inline.
constexpr std::string_view page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

constexpr std::string_view ask_each_time = "no-cache";

const web_file* find(std::string_view path) {
    const auto& files = web_files();
    const auto found = std::find_if(files.begin(), files.end(), [&](const web_file& f) { return f.path == path; });
    return found == files.end() ? nullptr : &*found;
}

// The two forms of a file are different representations, so each has a tag of its own.
std::string tag_of(const web_file& file, bool gzip) {
    return "\"" + std::string{file.sum} + (gzip ? "-gzip\"" : "\"");
}

// Tags of this program hold no quotes and no commas, so one that is in the list is there as it is, weak or not.
bool names_tag(std::string_view if_none_match, std::string_view tag) {
    return trimmed(if_none_match) == "*" || if_none_match.find(tag) != std::string_view::npos;
}

// "0", "0.0", "0.000".
bool is_zero(std::string_view weight) {
    return !weight.empty() && weight.find_first_not_of("0.") == std::string_view::npos;
}

bool takes(std::string_view coding, std::string_view name) {
    const auto semicolon = coding.find(';');
    if (!equal_ignoring_case(trimmed(coding.substr(0, semicolon)), name)) return false;
    if (semicolon == std::string_view::npos) return true;
    const std::string_view weight = trimmed(coding.substr(semicolon + 1));
    return !starts_ignoring_case(weight, "q=") || !is_zero(weight.substr(2));
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
    while (true) {
        const auto comma = accept_encoding.find(',');
        const std::string_view coding = accept_encoding.substr(0, comma);
        if (takes(coding, "gzip") || takes(coding, "x-gzip") || takes(coding, "*")) return true;
        if (comma == std::string_view::npos) return false;
        accept_encoding.remove_prefix(comma + 1);
    }
}

answer web_file_answer(std::string_view path, const file_wishes& wishes, byte_claim& claim) {
    const web_file* file = find(path);
    if (file == nullptr) return to_answer(refused(404, "There is nothing at this path."));
    const bool gzip = accepts_gzip(wishes.accept_encoding);
    answer reply;
    reply.content_type = file->content_type;
    reply.content_policy = page_policy;
    reply.cache_control = ask_each_time;
    reply.etag = tag_of(*file, gzip);
    if (names_tag(wishes.if_none_match, reply.etag)) {
        reply.status = 304;
    } else if (gzip) {
        reply.content_encoding = "gzip";
        reply.body = file->gzip;
    } else if (inflate_gzip(file->gzip, file->bytes, claim, reply.body) != inflate_outcome::whole) {
        return to_answer(overloaded());
    }
    return reply;
}

}  // namespace streamstats::http
