// The page at `/` and the files that it loads, put into the program when it is built (see embed_web.cmake).
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "http/answer.hpp"
#include "http/budget.hpp"

namespace streamstats::http {

struct web_file {
    std::string_view path;  // "/assets/app.js"; "/" for the page itself
    std::string_view content_type;
    std::string_view sum;   // of the content, in hexadecimal
    std::size_t bytes = 0;  // of the content
    std::string_view gzip;  // the content, compressed
};

const std::vector<web_file>& web_files();

// What of a request decides how a file is sent.
struct file_wishes {
    std::string_view if_none_match;    // the field, or empty
    std::string_view accept_encoding;  // likewise
};

// The file, or 304 if the client has it already; 404 if there is none at this path. Browsers keep it and ask each time
// whether it is still the same, so that the parts of a page are always those of one program. The claim is for clients
// that take no gzip.
answer web_file_answer(std::string_view path, const file_wishes& wishes, byte_claim& claim);

// Whether `Accept-Encoding` names gzip, or everything, and not with a weight of 0 (RFC 9110).
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace streamstats::http
