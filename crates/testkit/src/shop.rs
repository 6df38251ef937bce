//! A sample shop: customers, products and orders, the same for every equal seed, and as odd as real tables are.
//!
//! The model is plain Rust, so that a test can say what a query has to find without asking DynamoDB.

mod words;
mod model;
mod generate;
mod load;

pub use load::{CUSTOMERS, ORDERS, PRODUCTS};
pub use model::{Address, Customer, Dimensions, Field, Geo, Line, Order, Product};

/// All rows of the shop.
#[derive(Clone, Debug, PartialEq)]
pub struct Shop {
    /// 2,000 at scale 1.
    pub customers: Vec<Customer>,
    /// 500 at scale 1.
    pub products: Vec<Product>,
    /// 20,000 at scale 1.
    pub orders: Vec<Order>,
}

impl Shop {
    /// How many items the three tables have.
    pub fn items(&self) -> usize {
        self.customers.len() + self.products.len() + self.orders.len()
    }
}
