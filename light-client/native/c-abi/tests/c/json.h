// Just enough JSON for tests: finds values in text that is known to be well-formed.
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *data;
    size_t length;
} Text;

// The length of the value that begins here.
static size_t json_length(Text text) {
    size_t depth = 0;
    bool quoted = false;
    for (size_t at = 0; at < text.length; at++) {
        char c = text.data[at];
        if (quoted) {
            if (c == '\\') at++;
            else if (c == '"') quoted = false;
            if (!quoted && depth == 0) return at + 1;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            if (depth == 0) return at;
            if (--depth == 0) return at + 1;
        } else if (depth == 0 && (c == ',' || c == ' ' || c == '\n')) {
            return at;
        }
    }
    return text.length;
}

// A member of an object, by its key; nothing if there is none.
static Text json_member(Text object, const char *key) {
    size_t at = 1;
    while (at < object.length) {
        while (at < object.length && strchr(", \n{", object.data[at])) at++;
        if (at >= object.length || object.data[at] != '"') break;
        Text name = {object.data + at, object.length - at};
        size_t length = json_length(name);
        at += length;
        while (at < object.length && strchr(": \n", object.data[at])) at++;
        Text value = {object.data + at, object.length - at};
        value.length = json_length(value);
        if (length == strlen(key) + 2 && memcmp(name.data + 1, key, length - 2) == 0) return value;
        at += value.length;
    }
    return (Text){NULL, 0};
}

// An item of an array; nothing beyond its end.
static Text json_item(Text array, size_t index) {
    size_t at = 1;
    for (size_t count = 0; at < array.length; count++) {
        while (at < array.length && strchr(", \n", array.data[at])) at++;
        Text item = {array.data + at, array.length - at};
        item.length = json_length(item);
        if (item.length == 0) break;
        if (count == index) return item;
        at += item.length;
    }
    return (Text){NULL, 0};
}

// Text has no end mark, so the library's functions would read beyond it.
static long long json_integer(Text number) {
    long long value = 0;
    for (size_t at = 0; at < number.length; at++) {
        if (number.data[at] < '0' || number.data[at] > '9') return -1;
        value = value * 10 + (number.data[at] - '0');
    }
    return number.length == 0 ? -1 : value;
}

static bool json_is(Text value, const char *expected) {
    return value.length == strlen(expected) && memcmp(value.data, expected, value.length) == 0;
}

#endif
