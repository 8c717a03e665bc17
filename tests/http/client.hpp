// A client that sends exactly the bytes it is given, and reads answers the way HTTP frames them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace streamstats::http::testing {

struct reply {
    unsigned status = 0;
    std::string head;  // status line and fields
    std::string body;
    // The value of a field, by its name as the server writes it; empty: not there.
    [[nodiscard]] std::string field(std::string_view name) const;
};

class client {
public:
    explicit client(unsigned short port);
    // Over a socket that is there already.
    client(unsigned short port, int socket);
    static int new_socket();
    ~client();
    client(client&& other) noexcept;
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    client& operator=(client&&) = delete;

    client& send(std::string_view bytes);
    // As far as the server takes them; false if it closed before it took all.
    bool try_send(std::string_view bytes);
    // The next answer. A status of 0: the server closed the connection instead.
    reply read(bool to_head = false);
    // Waits for `text`; what came up to its end. Empty: the server closed before.
    std::string read_until(std::string_view text);
    // Waits until the server closes; what came before that.
    std::string read_to_end();
    // No more is going to be sent.
    void finish();
    void close();

private:
    bool receive();

    int socket_ = -1;
    std::string arrived_;
};

// A request with a Host and, if there is a body, its length.
std::string request(std::string_view method, std::string_view target, std::string_view body = {},
                    std::string_view more_fields = {});
inline std::string post(std::string_view body, std::string_view more_fields = {}) {
    return request("POST", "/api/webhook", body, more_fields);
}

}  // namespace streamstats::http::testing
