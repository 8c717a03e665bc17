#include "http/client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace streamstats::http::testing {

std::string reply::field(std::string_view name) const {
    const auto start = head.find("\r\n" + std::string{name} + ": ");
    if (start == std::string::npos) return {};
    const auto value = start + name.size() + 4;
    return head.substr(value, head.find("\r\n", value) - value);
}

int client::new_socket() {
    return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

client::client(unsigned short port) : client{port, new_socket()} {}

client::client(unsigned short port, int socket) : socket_{socket} {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
        throw std::runtime_error{"cannot connect"};
}

client::client(client&& other) noexcept
    : socket_{std::exchange(other.socket_, -1)}, arrived_{std::move(other.arrived_)} {}

client::~client() {
    close();
}

void client::close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void client::finish() {
    ::shutdown(socket_, SHUT_WR);
}

client& client::send(std::string_view bytes) {
    if (!try_send(bytes)) throw std::runtime_error{"the server closed the connection"};
    return *this;
}

bool client::try_send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool client::receive() {
    std::array<char, 65536> piece;
    const auto size = ::recv(socket_, piece.data(), piece.size(), 0);
    if (size <= 0) return false;
    arrived_.append(piece.data(), static_cast<std::size_t>(size));
    return true;
}

reply client::read(bool to_head) {
    reply answer;
    auto end = arrived_.find("\r\n\r\n");
    for (; end == std::string::npos; end = arrived_.find("\r\n\r\n"))
        if (!receive()) return answer;
    answer.head = arrived_.substr(0, end + 2);
    arrived_.erase(0, end + 4);
    answer.status = static_cast<unsigned>(std::stoul(answer.head.substr(9, 3)));
    const std::string length = answer.field("Content-Length");
    const std::size_t size = to_head || length.empty() ? 0 : std::stoul(length);
    while (arrived_.size() < size)
        if (!receive()) throw std::runtime_error{"the answer is cut off"};
    answer.body = arrived_.substr(0, size);
    arrived_.erase(0, size);
    return answer;
}

std::string client::read_until(std::string_view text) {
    auto place = arrived_.find(text);
    for (; place == std::string::npos; place = arrived_.find(text))
        if (!receive()) return {};
    const std::string read = arrived_.substr(0, place + text.size());
    arrived_.erase(0, read.size());
    return read;
}

std::string client::read_to_end() {
    while (receive()) continue;
    return std::exchange(arrived_, {});
}

std::string request(std::string_view method, std::string_view target, std::string_view body,
                    std::string_view more_fields) {
    std::string text{method};
    text.append(" ").append(target).append(" HTTP/1.1\r\nHost: stats.example\r\n").append(more_fields);
    if (!body.empty()) text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    return text.append("\r\n").append(body);
}

}  // namespace streamstats::http::testing
