-- What the version before the vault kept of three people, as it had written it itself: marlowe, the administrator; wren, a
-- moderator with a session of the API and one of the pages; finch, who is suspended. Identifiers stand as u'…' and bytes as
-- b'…', which each engine writes in a way of its own. The root key, the passwords and the tokens stand in `previous.rs`.
DELETE FROM user_counts;
INSERT INTO instance (singleton, id, key_check, created_at, administered_at)
    VALUES (1, u'01a2059c3f55759c9a7057103fd67cbc', b'106f2c2617c335a78b1c74c40136b05eff50de63a9a9f7953417ffea9de96e3f', 1795390455637239, 1795390455845916);
INSERT INTO users (id, username, username_key, email_key, role, status, locale, theme, email_notifications, created_at, updated_at, last_login_at, version)
    VALUES (u'01a2059c402578c28c54d57d5f589aab', 'marlowe', 'rnarlowe', 'marlowe@upgrade.example', 'admin', 'active', 'en', 'system', TRUE, 1795390455845916, 1795390455845916, 1795390458240919, 1);
INSERT INTO users (id, username, username_key, email_key, role, status, locale, theme, email_notifications, created_at, updated_at, last_login_at, version)
    VALUES (u'01a2059c4878743c886b25f8c71ae7f5', 'wren', 'wren', 'wren.before@upgrade.example', 'moderator', 'active', 'en', 'system', TRUE, 1795390457976929, 1795390458254056, 1795390458426774, 3);
INSERT INTO users (id, username, username_key, email_key, role, status, locale, theme, email_notifications, created_at, updated_at, version, suspended_at, suspension_reason)
    VALUES (u'01a2059c49a8711ba71708d1c1f533cd', 'finch', 'finch', 'finch@upgrade.example', 'user', 'suspended', 'en', 'system', TRUE, 1795390458280429, 1795390458287070, 2, 1795390458287070, 'Kept-reason of a suspension.');
INSERT INTO passwords (user_id, hash, changed_at)
    VALUES (u'01a2059c402578c28c54d57d5f589aab', '$argon2id$v=19$m=19456,t=2,p=1$iRsFADf+K2zIhD25jpXVUw$9/tCqAzJWiiR2LwIEp7Wr+AabgnsB3lLZM7pl4f3xeY', 1795390455845916);
INSERT INTO passwords (user_id, hash, changed_at)
    VALUES (u'01a2059c4878743c886b25f8c71ae7f5', '$argon2id$v=19$m=19456,t=2,p=1$uwTqDMuywCHsvBMxjSrVRQ$+4FDEFsegAJrr5e2b7xuYHogWSDRezTNf5V9cMkRKVY', 1795390457976929);
INSERT INTO passwords (user_id, hash, changed_at)
    VALUES (u'01a2059c49a8711ba71708d1c1f533cd', '$argon2id$v=19$m=19456,t=2,p=1$4sBGVXN7QQG1Yu1PA9+XAA$pW3chR/C/SKOZkGYd+BoUJ+pj2EZqnXd9v/WTHci3J0', 1795390458280429);
INSERT INTO personal_data (user_id, email)
    VALUES (u'01a2059c402578c28c54d57d5f589aab', 'marlowe@upgrade.example');
INSERT INTO personal_data (user_id, email, full_name, bio, location, website)
    VALUES (u'01a2059c4878743c886b25f8c71ae7f5', 'Wren.Before@Upgrade.example', 'Wren Beforehand', 'Kept bees beforehand.', 'Kept-Lyon', 'https://kept-bees.example/');
INSERT INTO personal_data (user_id, email)
    VALUES (u'01a2059c49a8711ba71708d1c1f533cd', 'finch@upgrade.example');
INSERT INTO sessions (id, user_id, channel, device_name, address, scopes, created_at, last_used_at, method)
    VALUES (u'01a2059c48f37d2292b83c2c0ee744d4', u'01a2059c4878743c886b25f8c71ae7f5', 'api', 'Wrens kept laptop', '2001:db8:77::5', 'profile:read profile:write', 1795390458099255, 1795390458099255, 'password');
INSERT INTO sessions (id, user_id, channel, device_name, address, scopes, created_at, last_used_at, method)
    VALUES (u'01a2059c498074c2ae8cffec35805a0d', u'01a2059c402578c28c54d57d5f589aab', 'api', 'Marlowes kept desk', '198.51.100.77', 'profile:read profile:write user:read user:write user:delete stats:read logs:read admin:read admin:write admin:delete', 1795390458240919, 1795390458240919, 'password');
INSERT INTO sessions (id, user_id, channel, device_name, address, scopes, cookie_digest, created_at, last_used_at, method)
    VALUES (u'01a2059c4a3a7ae1b39f03b479780ae9', u'01a2059c4878743c886b25f8c71ae7f5', 'web', 'Previous/1.0 (kept-device)', '2001:db8:77::5', 'profile:read profile:write user:read user:write user:delete stats:read logs:read admin:read admin:write admin:delete', b'b52c17024135b3f79d3038cb3673e1d5cd5c1f8705e8f551a6e2bc843744b685', 1795390458426774, 1795390458426774, 'password');
INSERT INTO refresh_tokens (session_id, generation, digest, issued_at, client, scopes)
    VALUES (u'01a2059c48f37d2292b83c2c0ee744d4', 1, b'a9a829840f44f3a2109461ca451495d788c6710f3efb45df5655ffe9f9651fd8', 1795390458099255, b'124ab98279d170c8bb94f4cd99b5e4231c64ecb2f20fec33011ea39350f2c961', 'profile:read profile:write');
INSERT INTO refresh_tokens (session_id, generation, digest, issued_at, client, scopes)
    VALUES (u'01a2059c498074c2ae8cffec35805a0d', 1, b'e53bb8913613f6b0760a1f545363b51e632dbc57ca10483816072bfb44ab1229', 1795390458240919, b'c3604ba84227a17477905c8fe2d2276f4a703ff1def7ffafb20446c0d9c212e3', 'profile:read profile:write user:read user:write user:delete stats:read logs:read admin:read admin:write admin:delete');
INSERT INTO log_in_attempts (key, failures, last_failed_at)
    VALUES (b'd55382fed3a9de0aa2c5f5031dee3ac9751b639e8f4e19b80557a9534079cbac', 1, 1795390458210760);
INSERT INTO events (id, kind, actor, subject, at, detail)
    VALUES (u'01a2059c402570fc9511fa711992c61e', 'user_created', 'system', u'01a2059c402578c28c54d57d5f589aab', 1795390455845916, '{"role":"admin"}');
INSERT INTO events (id, kind, actor, at, detail)
    VALUES (u'01a2059c409570c8b31c2bfa2b132604', 'signing_key_created', 'system', 1795390455957746, '{"kid":"k_SVFEOVz_DuQcYUcP5hGJLruiErTYyyOQLPHysIxaQ"}');
INSERT INTO events (id, kind, actor, subject, at, address, request_id, detail)
    VALUES (u'01a2059c48787d148953db2e9f8a09c7', 'user_signed_up', 'visitor', u'01a2059c4878743c886b25f8c71ae7f5', 1795390457976929, '2001:db8:77::5', u'01a2059c4812786d8d01d75941ac5caa', '{}');
INSERT INTO events (id, kind, actor, subject, at, address, request_id, detail)
    VALUES (u'01a2059c48f37502a111d3dc4e4d96d3', 'logged_in', 'visitor', u'01a2059c4878743c886b25f8c71ae7f5', 1795390458099255, '2001:db8:77::5', u'01a2059c487b7a83a2abe3cb2e4fa8a1', '{"session":"01a2059c-48f3-7d22-92b8-3c2c0ee744d4","channel":"api"}');
INSERT INTO events (id, kind, actor, actor_id, subject, at, address, request_id, detail)
    VALUES (u'01a2059c48fb7a92bd93a4e77bd74ef8', 'profile_edited', 'user', u'01a2059c4878743c886b25f8c71ae7f5', u'01a2059c4878743c886b25f8c71ae7f5', 1795390458107655, '2001:db8:77::5', u'01a2059c48f87568b0073ec59be9b75d', '{"fields":"bio location website"}');
INSERT INTO events (id, kind, actor, subject, at, address, request_id, detail)
    VALUES (u'01a2059c492e7c81a3574b5b635d5b93', 'log_in_failed', 'visitor', u'01a2059c4878743c886b25f8c71ae7f5', 1795390458158743, '2001:db8:77::5', u'01a2059c490c7b4695170ea0c2cb5288', '{}');
INSERT INTO events (id, kind, actor, at, address, request_id, detail)
    VALUES (u'01a2059c496270b2b0463d2186f6eba6', 'log_in_failed', 'visitor', 1795390458210760, '2001:db8:77::5', u'01a2059c4934735eaf9f79abd638c5bf', '{}');
INSERT INTO events (id, kind, actor, subject, at, address, request_id, detail)
    VALUES (u'01a2059c49807c0cb06832e1338d807f', 'logged_in', 'visitor', u'01a2059c402578c28c54d57d5f589aab', 1795390458240919, '198.51.100.77', u'01a2059c49667b6399f391e17e3b5bd4', '{"session":"01a2059c-4980-74c2-ae8c-ffec35805a0d","channel":"api"}');
INSERT INTO events (id, kind, actor, actor_id, subject, at, address, request_id, detail)
    VALUES (u'01a2059c498e7723ae14d2a54dd30181', 'role_changed', 'user', u'01a2059c402578c28c54d57d5f589aab', u'01a2059c4878743c886b25f8c71ae7f5', 1795390458254056, '198.51.100.77', u'01a2059c498d7580b7a394d561f74460', '{"from":"user","to":"moderator","reason":"Kept-reason of a role."}');
INSERT INTO events (id, kind, actor, actor_id, subject, at, address, request_id, detail)
    VALUES (u'01a2059c4990763ba8da3dc80893abb8', 'personal_data_opened', 'user', u'01a2059c402578c28c54d57d5f589aab', u'01a2059c4878743c886b25f8c71ae7f5', 1795390458256769, '198.51.100.77', u'01a2059c4990737385b91682ec9a55d2', '{"reason":"Kept-reason of a look.","role":"admin"}');
INSERT INTO events (id, kind, actor, subject, at, address, request_id, detail)
    VALUES (u'01a2059c49a87862962b6db8c2b7bdf5', 'user_signed_up', 'visitor', u'01a2059c49a8711ba71708d1c1f533cd', 1795390458280429, '2001:db8:77::5', u'01a2059c49967c519406a9a966569e6e', '{}');
INSERT INTO events (id, kind, actor, actor_id, subject, at, address, request_id, detail)
    VALUES (u'01a2059c49af7a4f93dd6cd16bf56336', 'user_suspended', 'user', u'01a2059c402578c28c54d57d5f589aab', u'01a2059c49a8711ba71708d1c1f533cd', 1795390458287070, '198.51.100.77', u'01a2059c49ae7aaf9fcb1e56db76eb98', '{"reason":"Kept-reason of a suspension.","sessions_ended":"0"}');
INSERT INTO events (id, kind, actor, actor_id, at, address, request_id, detail)
    VALUES (u'01a2059c49e27982aa57086f178ac871', 'audit_exported', 'user', u'01a2059c402578c28c54d57d5f589aab', 1795390458338246, '198.51.100.77', u'01a2059c49e270dc870df07b2fdbac2f', '{"address":"198.51.100.77"}');
INSERT INTO events (id, kind, actor, subject, at, address, request_id, detail)
    VALUES (u'01a2059c4a3a7b85824eb3c945bbb389', 'logged_in', 'visitor', u'01a2059c4878743c886b25f8c71ae7f5', 1795390458426774, '2001:db8:77::5', u'01a2059c49e77ac59167633e5669bba7', '{"session":"01a2059c-4a3a-7ae1-b39f-03b479780ae9","channel":"web"}');
INSERT INTO signing_keys (kid, algorithm, public_key, sealed_private_key, created_at, active_from)
    VALUES ('k_SVFEOVz_DuQcYUcP5hGJLruiErTYyyOQLPHysIxaQ', 'EdDSA', b'ca98d3d697d36a2b608c442b699b2ff746f70d79e4fdf45d8cee93d33b11d520', b'01b3626246e1e58516c483e7aa0539f58a49de2c31e0e93081bd2193bd75bb4180ae3119ee2a13b2abd5ad719344c30e97789f95187c7b4b3beb560345', 1795390455957746, 1795390455957746);
INSERT INTO user_counts (role, status, count)
    VALUES ('admin', 'active', 1);
INSERT INTO user_counts (role, status, count)
    VALUES ('moderator', 'active', 1);
INSERT INTO user_counts (role, status, count)
    VALUES ('user', 'active', 0);
INSERT INTO user_counts (role, status, count)
    VALUES ('user', 'suspended', 1);
