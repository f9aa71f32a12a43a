mod change_password;
mod close;
mod create;
mod edit_profile;
mod find;
mod password_check;
mod set_role;
mod sign_up;
