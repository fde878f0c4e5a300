/** Whether a host is this machine itself: the name `localhost` or a loopback address, with or without the brackets of a URL. */
export const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
